import type { ContainerDefinition, HealthCheck, Volume } from "@aws-sdk/client-ecs";
import type { AccountId, Region } from "../../kernel/brand.ts";
import type { ContainerSpec, TaskSpec } from "../task.ts";

/** A set of credentials, as a payload or an `IAMRoleCredentialsMessage` carries it. */
export interface PayloadCredentials {
  readonly credentialsId: string;
  readonly roleArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: string;
}

/** A task of a payload: the members that this agent reads. */
export interface PayloadTask {
  readonly arn: string;
  readonly taskClusterArn: string;
  readonly family: string;
  readonly version: string;
  readonly desiredStatus: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly launchType?: TaskSpec["launchType"];
  readonly networkMode?: TaskSpec["networkMode"];
  readonly pidMode?: string;
  readonly ipcMode?: string;
  readonly serviceName?: string;
  readonly group?: string;
  readonly overrides?: string;
  readonly volumes?: readonly PayloadVolume[];
  readonly roleCredentials?: PayloadCredentials;
  readonly executionRoleCredentials?: PayloadCredentials;
  readonly containers: readonly PayloadContainer[];
}

type PayloadVolume = Volume & { readonly type?: string };

/** What the payload says in its own way; the rest is named as in a definition. */
type Translated = "environment" | "secrets" | "healthCheck" | "logConfiguration";

interface PayloadContainer extends Omit<ContainerDefinition, Translated> {
  readonly name: string;
  readonly image: string;
  readonly containerArn: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly {
    readonly name: string;
    readonly valueFrom: string;
    readonly target?: string;
  }[];
  readonly dockerConfig?: { readonly config?: string; readonly hostConfig?: string };
  readonly managedAgents?: readonly { readonly name: string }[];
}

interface DockerConfig {
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Hostname?: string;
  readonly Tty?: boolean;
  readonly OpenStdin?: boolean;
  readonly Labels?: Record<string, string>;
  readonly NetworkDisabled?: boolean;
  readonly Healthcheck?: {
    readonly Test?: string[];
    readonly Interval?: number;
    readonly Timeout?: number;
    readonly Retries?: number;
    readonly StartPeriod?: number;
  };
}

interface HostConfig {
  readonly CapAdd?: string[];
  readonly CapDrop?: string[];
  readonly LogConfig?: { readonly Type?: string; readonly Config?: Record<string, string> };
  readonly Ulimits?: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
  readonly MemoryReservation?: number;
  readonly ReadonlyRootfs?: boolean;
  readonly Privileged?: boolean;
  readonly Dns?: string[];
  readonly DnsSearch?: string[];
  readonly ExtraHosts?: readonly string[];
  readonly Sysctls?: Readonly<Record<string, string>>;
  readonly Init?: boolean;
  readonly ShmSize?: number;
  readonly Tmpfs?: Readonly<Record<string, string>>;
}

const mebibyte = 1 << 20;
const nanoseconds = 1e9;

/** A payload's task as a runtime is told of it. Throws a plain error for a `dockerConfig` that is no JSON. */
export function taskOfPayload(task: PayloadTask, availabilityZone: string): TaskSpec {
  const [, , , region = "", account = "", resource = ""] = task.arn.split(":");
  return {
    taskArn: task.arn,
    taskId: resource.split("/").at(-1) ?? "",
    account: account as AccountId,
    region: region as Region,
    availabilityZone,
    clusterArn: task.taskClusterArn,
    taskDefinitionArn: `arn:aws:ecs:${region}:${account}:task-definition/${task.family}:${task.version}`,
    family: task.family,
    revision: Number(task.version),
    launchType: task.launchType ?? "EC2",
    group: task.group ?? `family:${task.family}`,
    ...(task.serviceName ? { serviceName: task.serviceName } : {}),
    networkMode: task.networkMode ?? "bridge",
    // AWS: vCPUs in a payload, units everywhere else.
    ...(task.cpu !== undefined && { cpu: Math.round(task.cpu * 1024) }),
    ...(task.memory !== undefined && { memory: task.memory }),
    ...(task.pidMode !== undefined && { pidMode: task.pidMode }),
    ...(task.ipcMode !== undefined && { ipcMode: task.ipcMode }),
    volumes: (task.volumes ?? []).map(volumeOf),
    containers: task.containers.map(containerOf),
    overrides: JSON.parse(task.overrides || "{}"),
    ...(task.roleCredentials !== undefined && {
      taskRoleArn: task.roleCredentials.roleArn,
      credentialsId: task.roleCredentials.credentialsId,
    }),
    ...(task.executionRoleCredentials !== undefined && {
      executionRoleArn: task.executionRoleCredentials.roleArn,
    }),
    enableExecuteCommand: task.containers.some(({ managedAgents = [] }) =>
      managedAgents.some(({ name }) => name === "ExecuteCommandAgent"),
    ),
    tags: {},
  };
}

/** A host volume without a path is one of the task's own. */
function volumeOf({ type, host, ...volume }: PayloadVolume): Volume {
  return type === "host" && host?.sourcePath ? { ...volume, host } : volume;
}

function containerOf(container: PayloadContainer): ContainerSpec {
  const {
    containerArn,
    dockerConfig,
    managedAgents: _beside,
    environment = {},
    secrets = [],
    ...named
  } = container;
  const config = JSON.parse(dockerConfig?.config || "{}") as DockerConfig;
  const host = JSON.parse(dockerConfig?.hostConfig || "{}") as HostConfig;
  const of = (target: string) =>
    secrets
      .filter((secret) => (secret.target ?? "CONTAINER") === target)
      .map(({ name, valueFrom }) => ({ name, valueFrom }));
  return {
    containerArn,
    definition: {
      ...named,
      environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
      secrets: of("CONTAINER"),
      user: config.User,
      workingDirectory: config.WorkingDir,
      hostname: config.Hostname,
      pseudoTerminal: config.Tty,
      interactive: config.OpenStdin,
      dockerLabels: config.Labels,
      disableNetworking: config.NetworkDisabled,
      healthCheck: healthCheckOf(config),
      logConfiguration: logConfigurationOf(host, of("LOG_DRIVER")),
      memoryReservation: host.MemoryReservation === undefined ? undefined : host.MemoryReservation / mebibyte,
      ...hostSettings(host),
    },
  };
}

function healthCheckOf({ Healthcheck: check }: DockerConfig): HealthCheck | undefined {
  if (check === undefined) return undefined;
  const seconds = (time: number | undefined) => (time === undefined ? undefined : time / nanoseconds);
  return {
    command: check.Test,
    interval: seconds(check.Interval),
    timeout: seconds(check.Timeout),
    retries: check.Retries,
    startPeriod: seconds(check.StartPeriod),
  };
}

/** `json-file` is what an agent is told for a container without a log configuration. */
function logConfigurationOf(
  { LogConfig: log }: HostConfig,
  secretOptions: { name: string; valueFrom: string }[],
): ContainerDefinition["logConfiguration"] {
  if (log?.Type === undefined || log.Type === "json-file") return undefined;
  return {
    logDriver: log.Type as NonNullable<ContainerDefinition["logConfiguration"]>["logDriver"],
    options: log.Config,
    secretOptions,
  };
}

function hostSettings(host: HostConfig): Partial<ContainerDefinition> {
  return {
    ulimits: host.Ulimits?.map(({ Name, Soft, Hard }) => ({
      name: Name as NonNullable<ContainerDefinition["ulimits"]>[number]["name"],
      softLimit: Soft,
      hardLimit: Hard,
    })),
    readonlyRootFilesystem: host.ReadonlyRootfs,
    privileged: host.Privileged,
    dnsServers: host.Dns,
    dnsSearchDomains: host.DnsSearch,
    extraHosts: host.ExtraHosts?.map((entry) => {
      const colon = entry.indexOf(":");
      return { hostname: entry.slice(0, colon), ipAddress: entry.slice(colon + 1) };
    }),
    systemControls:
      host.Sysctls && Object.entries(host.Sysctls).map(([namespace, value]) => ({ namespace, value })),
    linuxParameters: {
      capabilities: { add: host.CapAdd, drop: host.CapDrop },
      initProcessEnabled: host.Init,
      sharedMemorySize: host.ShmSize === undefined ? undefined : host.ShmSize / mebibyte,
      tmpfs:
        host.Tmpfs &&
        Object.entries(host.Tmpfs).map(([containerPath, options]) => {
          const [size = "size=0m", ...mountOptions] = options.split(",");
          return { containerPath, size: Number(/\d+/.exec(size)?.[0] ?? 0), mountOptions };
        }),
    },
  };
}
