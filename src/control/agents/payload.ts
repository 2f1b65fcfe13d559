import type { ContainerDefinition, LinuxParameters, Volume } from "@aws-sdk/client-ecs";
import { readEcrImage } from "../../runtime/resources/ecr-image.ts";
import type { ContainerSpec, TaskSpec } from "../../runtime/task.ts";
import type { WantedStatus } from "../../services/ecs/agents/agent-store.ts";

/** A set of credentials as agents are given them. */
export interface CredentialSet {
  readonly credentialsId: string;
  readonly roleArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** `2026-11-22T08:00:00Z`. */
  readonly expiration: string;
}

/** The credentials of a task's roles. */
export interface CredentialSets {
  readonly task?: CredentialSet;
  readonly execution?: CredentialSet;
}

/** JSON of a payload's task. */
export type PayloadTask = Readonly<Record<string, unknown>>;

const mebibyte = 1 << 20;
const nanoseconds = 1e9;

/**
 * A task as a payload tells it to an agent, in the form that the Amazon ECS agent takes (its acs model; tried on 1.105.1).
 * What the agent does not translate goes to Docker as JSON: `dockerConfig`.
 * @param address where the agent's host reaches Roadstead: `http://10.0.0.1:4566`.
 */
export function payloadTask(
  spec: TaskSpec,
  wanted: WantedStatus,
  credentials: CredentialSets,
  address: string,
): PayloadTask {
  return {
    arn: spec.taskArn,
    taskClusterArn: spec.clusterArn,
    family: spec.family,
    version: `${spec.revision}`,
    desiredStatus: wanted,
    overrides: JSON.stringify(spec.overrides),
    // AWS: vCPUs here, units everywhere else.
    ...(spec.cpu !== undefined && { cpu: spec.cpu / 1024 }),
    ...(spec.memory !== undefined && { memory: spec.memory }),
    launchType: spec.launchType,
    networkMode: spec.networkMode,
    taskDefinitionAccountId: spec.account,
    serviceName: spec.serviceName ?? "",
    group: spec.group,
    ...(spec.pidMode !== undefined && { pidMode: spec.pidMode }),
    ...(spec.ipcMode !== undefined && { ipcMode: spec.ipcMode }),
    volumes: spec.volumes.map(payloadVolume),
    ...(credentials.task !== undefined && { roleCredentials: credentials.task }),
    ...(credentials.execution !== undefined && { executionRoleCredentials: credentials.execution }),
    containers: spec.containers.map((container) => payloadContainer(spec, container, address)),
  };
}

function payloadVolume({ name, host, dockerVolumeConfiguration, efsVolumeConfiguration }: Volume): object {
  if (dockerVolumeConfiguration !== undefined) {
    const {
      scope = "task",
      autoprovision = false,
      driver = "local",
      driverOpts = {},
      labels = {},
    } = dockerVolumeConfiguration;
    const configuration = { scope, autoprovision, driver, driverOpts, labels };
    return { name, type: "docker", dockerVolumeConfiguration: configuration };
  }
  if (efsVolumeConfiguration !== undefined) {
    return { name, type: "efs", efsVolumeConfiguration };
  }
  return { name, type: "host", host: { sourcePath: host?.sourcePath ?? "" } };
}

function payloadContainer(
  spec: TaskSpec,
  { containerArn, definition, imageDigest }: ContainerSpec,
  address: string,
): object {
  const pinned =
    imageDigest === undefined ? definition.image : `${definition.image.split("@")[0]}@${imageDigest}`;
  return {
    name: definition.name,
    image: pinned,
    cpu: definition.cpu ?? 0,
    ...(definition.memory !== undefined && { memory: definition.memory }),
    essential: definition.essential ?? true,
    ...(definition.command !== undefined && { command: definition.command }),
    ...(definition.entryPoint !== undefined && { entryPoint: definition.entryPoint }),
    environment: Object.fromEntries(
      (definition.environment ?? []).map(({ name = "", value = "" }) => [name, value]),
    ),
    ...(definition.environmentFiles !== undefined && { environmentFiles: definition.environmentFiles }),
    // AWS: in host mode a port of the container is the host's, and the agent's books have it.
    portMappings: (definition.portMappings ?? []).map(
      ({ containerPort, hostPort, protocol = "tcp", containerPortRange }) => ({
        ...(containerPortRange === undefined
          ? { containerPort, hostPort: hostPort ?? (spec.networkMode === "host" ? containerPort : 0) }
          : { containerPortRange }),
        protocol,
      }),
    ),
    mountPoints: (definition.mountPoints ?? []).map(({ sourceVolume, containerPath, readOnly = false }) => ({
      sourceVolume,
      containerPath,
      readOnly,
    })),
    volumesFrom: definition.volumesFrom ?? [],
    links: definition.links ?? [],
    ...(definition.dependsOn !== undefined && { dependsOn: definition.dependsOn }),
    ...(definition.startTimeout !== undefined && { startTimeout: definition.startTimeout }),
    ...(definition.stopTimeout !== undefined && { stopTimeout: definition.stopTimeout }),
    ...(definition.restartPolicy !== undefined && { restartPolicy: definition.restartPolicy }),
    ...(definition.firelensConfiguration !== undefined && {
      firelensConfiguration: definition.firelensConfiguration,
    }),
    secrets: payloadSecrets(spec, definition),
    ...registryAuthentication(definition, address),
    ...(definition.logConfiguration?.logDriver === "awslogs" && { logsAuthStrategy: "ExecutionRole" }),
    ...(definition.healthCheck !== undefined && { healthCheckType: "docker" }),
    ...(spec.enableExecuteCommand && { managedAgents: [{ name: "ExecuteCommandAgent" }] }),
    overrides: "{}",
    containerArn,
    dockerConfig: {
      version: "1.21",
      config: JSON.stringify(dockerConfig(definition)),
      hostConfig: JSON.stringify(hostConfig(spec, definition, address)),
    },
  };
}

function payloadSecrets(
  { region }: TaskSpec,
  { secrets = [], logConfiguration }: ContainerDefinition,
): object[] {
  const secret =
    (target: string) =>
    ({ name = "", valueFrom = "" }: { name?: string | undefined; valueFrom?: string | undefined }) => ({
      name,
      valueFrom,
      region: /^arn:[^:]+:[^:]+:([^:]+):/.exec(valueFrom)?.[1] ?? region,
      provider: valueFrom.includes(":secretsmanager:") ? "asm" : "ssm",
      type: target === "CONTAINER" ? "ENVIRONMENT_VARIABLE" : "BOOTSTRAP",
      target,
    });
  return [
    ...secrets.map(secret("CONTAINER")),
    ...(logConfiguration?.secretOptions ?? []).map(secret("LOG_DRIVER")),
  ];
}

function registryAuthentication(
  { image = "", repositoryCredentials }: ContainerDefinition,
  endpointOverride: string,
): object {
  const parameter = repositoryCredentials?.credentialsParameter;
  if (parameter !== undefined) {
    const region = /^arn:[^:]+:[^:]+:([^:]+):/.exec(parameter)?.[1];
    const asmAuthData = { credentialsParameter: parameter, region };
    return { registryAuthentication: { type: "asm", asmAuthData } };
  }
  const registry = readEcrImage(image);
  if (registry === undefined) return {};
  const ecrAuthData = {
    registryId: registry.account,
    region: registry.region,
    endpointOverride,
    useExecutionRole: true,
  };
  return { registryAuthentication: { type: "ecr", ecrAuthData } };
}

/** Docker Engine API, "Create a container": what is of the container itself. */
function dockerConfig(definition: ContainerDefinition): object {
  const { healthCheck } = definition;
  return {
    User: definition.user,
    WorkingDir: definition.workingDirectory,
    Hostname: definition.hostname,
    Tty: definition.pseudoTerminal,
    OpenStdin: definition.interactive,
    Labels: definition.dockerLabels,
    NetworkDisabled: definition.disableNetworking,
    Healthcheck: healthCheck && {
      Test: healthCheck.command,
      Interval: (healthCheck.interval ?? 30) * nanoseconds,
      Timeout: (healthCheck.timeout ?? 5) * nanoseconds,
      Retries: healthCheck.retries ?? 3,
      StartPeriod: (healthCheck.startPeriod ?? 0) * nanoseconds,
    },
  };
}

/** Docker Engine API, "Create a container": what is of the host. */
function hostConfig(
  { networkMode, taskId }: TaskSpec,
  definition: ContainerDefinition,
  address: string,
): object {
  const linux: LinuxParameters = definition.linuxParameters ?? {};
  return {
    NetworkMode: networkMode,
    CapAdd: linux.capabilities?.add ?? [],
    CapDrop: linux.capabilities?.drop ?? [],
    LogConfig: logConfig(definition, taskId, address),
    Ulimits: definition.ulimits?.map(({ name, softLimit, hardLimit }) => ({
      Name: name,
      Soft: softLimit,
      Hard: hardLimit,
    })),
    MemoryReservation:
      definition.memoryReservation === undefined ? undefined : definition.memoryReservation * mebibyte,
    ReadonlyRootfs: definition.readonlyRootFilesystem,
    Privileged: definition.privileged,
    Dns: definition.dnsServers,
    DnsSearch: definition.dnsSearchDomains,
    ExtraHosts: definition.extraHosts?.map(({ hostname, ipAddress }) => `${hostname}:${ipAddress}`),
    SecurityOpt: definition.dockerSecurityOptions,
    Sysctls:
      definition.systemControls &&
      Object.fromEntries(definition.systemControls.map(({ namespace = "", value }) => [namespace, value])),
    Init: linux.initProcessEnabled,
    ShmSize: linux.sharedMemorySize === undefined ? undefined : linux.sharedMemorySize * mebibyte,
    MemorySwap: memorySwap(definition),
    MemorySwappiness: linux.swappiness,
    Tmpfs:
      linux.tmpfs &&
      Object.fromEntries(
        linux.tmpfs.map(({ containerPath = "", size, mountOptions = [] }) => [
          containerPath,
          [`size=${size}m`, ...mountOptions].join(","),
        ]),
      ),
    Devices: linux.devices?.map(({ hostPath, containerPath, permissions }) => ({
      PathOnHost: hostPath,
      PathInContainer: containerPath ?? hostPath,
      CgroupPermissions: permissions === undefined ? "rwm" : permissions.map((one) => one[0]).join(""),
    })),
  };
}

/** API Reference, "LinuxParameters": `maxSwap` is beyond the memory; Docker's is the sum. */
function memorySwap({ memory, linuxParameters }: ContainerDefinition): number | undefined {
  const swap = linuxParameters?.maxSwap;
  return swap === undefined || memory === undefined ? undefined : (memory + swap) * mebibyte;
}

function logConfig({ name, logConfiguration }: ContainerDefinition, taskId: string, address: string): object {
  if (logConfiguration === undefined) return { Type: "json-file", Config: {} };
  const { logDriver, options = {} } = logConfiguration;
  if (logDriver !== "awslogs") return { Type: logDriver, Config: options };
  const { "awslogs-stream-prefix": prefix, ...known } = options;
  // AWS: the prefix is ECS's own (Developer Guide, "Send Amazon ECS logs to CloudWatch"): dockerd refuses it.
  const stream = prefix === undefined ? {} : { "awslogs-stream": `${prefix}/${name}/${taskId}` };
  // dockerd's own driver sends to AWS unless it is told where else.
  return { Type: logDriver, Config: { "awslogs-endpoint": address, ...stream, ...known } };
}
