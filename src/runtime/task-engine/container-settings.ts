import type { ContainerDefinition, HealthCheck, LinuxParameters, PortMapping } from "@aws-sdk/client-ecs";
import type { ContainerSettings, HealthcheckSettings, HostSettings } from "../engine/settings.ts";
import type { TaskNetwork } from "../network/port.ts";
import type { ContainerSpec, TaskSpec } from "../task.ts";
import { endpointLabel, engineName, installationLabel, kindLabel, taskLabels } from "./labels.ts";
import { ContainerFailure, type HostAllowances } from "./ports.ts";

/** What a container is made from besides its definition. */
export interface ContainerContext {
  readonly installation: string;
  readonly endpointId: string;
  readonly imageId: string;
  readonly network: TaskNetwork;
  readonly environment: Readonly<Record<string, string>>;
  /** By the volume's name: an engine's volume, or a folder. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly allowances: HostAllowances;
  /** Where the task's own limits hold; absent when they must be put on each container. */
  readonly cgroupParent?: string;
}

const mebibyte = 1 << 20;
const nanoseconds = 1e9;
const cpuPeriod = 100_000;

/** AWS: the agent gives a container without CPU the least share there is. */
const leastShares = 2;

/** AWS: the stop timeout of a container that states none, in seconds. */
export const defaultStopTimeout = 30;

/**
 * A container as the engine is to make it. Pure. Throws `ContainerFailure` for what this machine does not allow.
 * Amazon ECS API Reference, "ContainerDefinition"; Docker Engine API, "Create a container".
 */
export function containerSettings(
  task: TaskSpec,
  spec: ContainerSpec,
  context: ContainerContext,
): ContainerSettings {
  const { definition } = spec;
  refuseWhatIsNotAllowed(task, definition, context.allowances);
  const ownNetwork = context.network.pause === undefined;
  return {
    Image: context.imageId,
    Hostname: ownNetwork && task.networkMode !== "host" ? definition.hostname : undefined,
    User: definition.user,
    Env: Object.entries(context.environment).map(([name, value]) => `${name}=${value}`),
    Cmd: notEmpty(definition.command),
    Entrypoint: notEmpty(definition.entryPoint),
    WorkingDir: definition.workingDirectory,
    Tty: definition.pseudoTerminal,
    OpenStdin: definition.interactive,
    NetworkDisabled: ownNetwork ? definition.disableNetworking : undefined,
    StopTimeout: definition.stopTimeout ?? defaultStopTimeout,
    Labels: {
      ...definition.dockerLabels,
      ...taskLabels(task, definition.name),
      [installationLabel]: context.installation,
      [endpointLabel]: context.endpointId,
      [kindLabel]: "container",
    },
    ExposedPorts: publishes(task) ? exposedPorts(definition.portMappings ?? []) : undefined,
    Healthcheck: definition.healthCheck === undefined ? undefined : healthcheck(definition.healthCheck),
    HostConfig: hostSettings(task, definition, context),
  };
}

function hostSettings(
  task: TaskSpec,
  definition: ContainerSpec["definition"],
  context: ContainerContext,
): HostSettings {
  const { network } = context;
  const linux = definition.linuxParameters;
  const ownNetwork = network.pause === undefined;
  return {
    NetworkMode: network.mode,
    PidMode: namespace(task.pidMode, network),
    IpcMode: namespace(task.ipcMode, network),
    ...limits(task, definition, context),
    Binds: binds(definition, context),
    VolumesFrom: notEmpty(
      definition.volumesFrom?.map(
        ({ sourceContainer, readOnly }) =>
          `${engineName(task, sourceContainer ?? "")}${readOnly === true ? ":ro" : ""}`,
      ),
    ),
    Links: notEmpty(
      definition.links?.map((link) => {
        const [name = "", alias = name] = link.split(":");
        return `${engineName(task, name)}:${alias}`;
      }),
    ),
    Tmpfs: tmpfs(linux),
    ReadonlyRootfs: definition.readonlyRootFilesystem,
    Privileged: definition.privileged,
    CapAdd: notEmpty(linux?.capabilities?.add),
    CapDrop: notEmpty(linux?.capabilities?.drop),
    SecurityOpt: notEmpty(definition.dockerSecurityOptions),
    Devices: linux?.devices?.map(({ hostPath, containerPath, permissions }) => ({
      PathOnHost: hostPath ?? "",
      PathInContainer: containerPath ?? hostPath ?? "",
      CgroupPermissions: (permissions ?? ["read", "write", "mknod"])
        .map((permission) => permission[0] ?? "")
        .join(""),
    })),
    Ulimits: definition.ulimits?.map(({ name, softLimit, hardLimit }) => ({
      Name: name ?? "",
      Soft: softLimit ?? 0,
      Hard: hardLimit ?? 0,
    })),
    Sysctls: systemControls(definition, ownNetwork),
    ExtraHosts: ownNetwork
      ? definition.extraHosts?.map(({ hostname, ipAddress }) => `${hostname}:${ipAddress}`)
      : undefined,
    Dns: ownNetwork ? notEmpty(definition.dnsServers) : undefined,
    DnsSearch: ownNetwork ? notEmpty(definition.dnsSearchDomains) : undefined,
    Init: linux?.initProcessEnabled,
    LogConfig: logConfig(definition),
    PortBindings: publishes(task) ? portBindings(definition.portMappings ?? []) : undefined,
    RestartPolicy: { Name: "no" },
  };
}

/** Limits of the container, and the task's where no parent holds them. */
function limits(
  task: TaskSpec,
  definition: ContainerDefinition,
  { cgroupParent }: ContainerContext,
): Partial<HostSettings> {
  const linux = definition.linuxParameters;
  const memory = definition.memory ?? (cgroupParent === undefined ? task.memory : undefined);
  return {
    CgroupParent: cgroupParent,
    CpuShares: Math.max(definition.cpu ?? 0, leastShares),
    ...(cgroupParent === undefined && task.cpu !== undefined
      ? { CpuPeriod: cpuPeriod, CpuQuota: Math.round((task.cpu / 1024) * cpuPeriod) }
      : {}),
    Memory: bytes(memory),
    MemoryReservation: bytes(definition.memoryReservation),
    MemorySwap:
      linux?.maxSwap === undefined || memory === undefined ? undefined : bytes(memory + linux.maxSwap),
    MemorySwappiness: linux?.swappiness,
    ShmSize: bytes(linux?.sharedMemorySize),
  };
}

const bytes = (mebibytes: number | undefined): number | undefined =>
  mebibytes === undefined ? undefined : mebibytes * mebibyte;

/** AWS: `task` shares the namespace of the task, which its pause container holds. */
function namespace(mode: string | undefined, { pause }: TaskNetwork): string | undefined {
  if (mode === undefined || mode === "host" || mode === "none") return mode;
  if (mode !== "task")
    throw new ContainerFailure(`CannotCreateContainerError: there is no namespace ${mode}`);
  if (pause === undefined) {
    throw new ContainerFailure(
      "CannotCreateContainerError: namespaces are shared within a task only in network mode awsvpc",
    );
  }
  return `container:${pause.dockerId}`;
}

/** What the engine gives by default, and what AWS lets tasks of Fargate add. The others are as good as privileged. */
const harmless = new Set(
  (
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID " +
    "SYS_CHROOT SYS_PTRACE"
  ).split(" "),
);

/** Security options that take away. A profile of one's own may give. */
const tightening = /^(no-new-privileges\b|label[:=](?!disable))/;

function refuseWhatIsNotAllowed(
  task: TaskSpec,
  definition: ContainerDefinition,
  { privileged, hostNamespaces }: HostAllowances,
): void {
  const refused = (what: string): ContainerFailure =>
    new ContainerFailure(`CannotCreateContainerError: ${what} is not allowed on this machine`);
  if (definition.privileged === true && !privileged) throw refused("privileged");
  const powerful = definition.linuxParameters?.capabilities?.add?.find((name) => !harmless.has(name));
  if (powerful !== undefined && !privileged) throw refused(`the capability ${powerful}`);
  if (hostNamespaces) return;
  if (task.networkMode === "host") throw refused("network mode host");
  if (task.pidMode === "host") throw refused("pidMode host");
  if (task.ipcMode === "host") throw refused("ipcMode host");
  if ((definition.linuxParameters?.devices ?? []).length > 0) throw refused("linuxParameters.devices");
  const loosening = definition.dockerSecurityOptions?.find((option) => !tightening.test(option));
  if (loosening !== undefined) throw refused(`dockerSecurityOptions ${loosening}`);
}

const publishes = (task: TaskSpec): boolean => task.networkMode === "bridge";

const portKey = (port: number, { protocol }: PortMapping): string => `${port}/${protocol ?? "tcp"}`;

/** A mapping's container ports; a range has many. */
function containerPorts({ containerPort, containerPortRange }: PortMapping): number[] {
  if (containerPortRange === undefined) return containerPort === undefined ? [] : [containerPort];
  const [first = 0, last = first] = containerPortRange.split("-").map(Number);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

const exposedPorts = (mappings: readonly PortMapping[]): ContainerSettings["ExposedPorts"] =>
  Object.fromEntries(
    mappings.flatMap((mapping) => containerPorts(mapping).map((port) => [portKey(port, mapping), {}])),
  );

/** One container port may be published on several host ports. Host port 0, or none: the engine chooses. */
function portBindings(mappings: readonly PortMapping[]): HostSettings["PortBindings"] {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const mapping of mappings) {
    for (const port of containerPorts(mapping)) {
      const key = portKey(port, mapping);
      bindings[key] ??= [];
      bindings[key].push({ HostIp: "", HostPort: mapping.hostPort ? String(mapping.hostPort) : "" });
    }
  }
  return bindings;
}

/** Seconds to nanoseconds. AWS: `["CMD-SHELL", …]` and `["CMD", …]` are the engine's own forms. */
function healthcheck(check: HealthCheck): HealthcheckSettings {
  return {
    Test: check.command ?? [],
    Interval: (check.interval ?? 30) * nanoseconds,
    Timeout: (check.timeout ?? 5) * nanoseconds,
    Retries: check.retries ?? 3,
    StartPeriod: check.startPeriod === undefined ? undefined : check.startPeriod * nanoseconds,
  };
}

function binds(definition: ContainerDefinition, { volumes }: ContainerContext): string[] | undefined {
  return notEmpty(
    definition.mountPoints?.map(({ sourceVolume, containerPath, readOnly }) => {
      const source = volumes.get(sourceVolume ?? "");
      if (source === undefined) {
        throw new ContainerFailure(`CannotCreateContainerError: there is no volume ${sourceVolume}`);
      }
      // What follows a colon would be options of the mount.
      if (containerPath === undefined || containerPath.includes(":")) {
        throw new ContainerFailure(`CannotCreateContainerError: ${containerPath} is no path to mount at`);
      }
      return `${source}:${containerPath}${readOnly === true ? ":ro" : ""}`;
    }),
  );
}

/** Sizes are MiB. */
function tmpfs(linux: LinuxParameters | undefined): HostSettings["Tmpfs"] {
  if (linux?.tmpfs === undefined || linux.tmpfs.length === 0) return undefined;
  return Object.fromEntries(
    linux.tmpfs.map(({ containerPath, size, mountOptions }) => [
      containerPath ?? "",
      [...(mountOptions ?? []), `size=${size}m`].join(","),
    ]),
  );
}

/** Those of the network belong to whoever holds it. */
function systemControls(definition: ContainerDefinition, ownNetwork: boolean): HostSettings["Sysctls"] {
  const controls = (definition.systemControls ?? []).filter(
    ({ namespace: name }) => ownNetwork || name?.startsWith("net.") !== true,
  );
  if (controls.length === 0) return undefined;
  return Object.fromEntries(controls.map(({ namespace: name, value }) => [name ?? "", value ?? ""]));
}

/** Drivers whose output goes through a sink of ours: the engine keeps it in files that are read from. */
const throughSinks = new Set<string | undefined>([undefined, "awslogs", "awsfirelens"]);

/** Whether a container's output is read from the engine. */
export const isReadByUs = ({ logConfiguration }: ContainerDefinition): boolean =>
  throughSinks.has(logConfiguration?.logDriver);

function logConfig(definition: ContainerDefinition): HostSettings["LogConfig"] {
  const { logConfiguration } = definition;
  if (logConfiguration?.logDriver === undefined || isReadByUs(definition)) {
    return { Type: "json-file", Config: { "max-size": "64m", "max-file": "2" } };
  }
  return { Type: logConfiguration.logDriver, Config: logConfiguration.options ?? {} };
}

const notEmpty = <T>(list: readonly T[] | undefined): T[] | undefined =>
  list === undefined || list.length === 0 ? undefined : [...list];
