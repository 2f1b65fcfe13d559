import type { TaskSpec } from "../task.ts";
import { shownLabels } from "../task-engine/labels.ts";
import type { ContainerView, TaskView } from "../task-engine/view.ts";

/**
 * Task metadata, version 4 (Developer Guide, "Amazon ECS task metadata endpoint version 4"; members in the agent's
 * order). What is not known is left out, as the agent does.
 */
type Metadata = Readonly<Record<string, unknown>>;

/** A container. */
export function containerMetadata(container: ContainerView, { spec: task }: TaskView): Metadata {
  const { definition, containerArn } = container.spec;
  const { cpu, memory, logConfiguration, restartPolicy } = definition;
  return compact({
    DockerId: container.dockerId ?? "",
    Name: definition.name,
    DockerName: container.dockerName ?? "",
    Image: definition.image,
    ImageID: container.imageId ?? "",
    Ports: listOf(container.ports, (port) => ({
      ContainerPort: port.containerPort,
      Protocol: port.protocol,
      HostPort: port.hostPort,
      HostIp: port.hostIp,
    })),
    Labels: shownLabels(container.labels),
    DesiredStatus: container.desiredStatus,
    KnownStatus: container.knownStatus,
    ExitCode: container.exitCode,
    Limits: compact({ CPU: cpu ?? 0, Memory: memory }),
    CreatedAt: time(container.createdAt),
    StartedAt: time(container.startedAt),
    FinishedAt: time(container.finishedAt),
    Type: "NORMAL",
    Health: healthOf(container),
    Volumes: listOf(container.mounts, ({ name, source, destination }) =>
      compact({ DockerName: name, Source: source, Destination: destination }),
    ),
    LogDriver: logConfiguration?.logDriver,
    LogOptions: logConfiguration?.options,
    ContainerARN: containerArn,
    Networks: networksOf(container, task),
    RestartCount: restartPolicy?.enabled === true ? container.restartCount : undefined,
  });
}

/** A task with its containers. */
export function taskMetadata(view: TaskView): Metadata {
  const { spec } = view;
  return compact({
    Cluster: spec.clusterArn,
    TaskARN: spec.taskArn,
    Family: spec.family,
    Revision: String(spec.revision),
    ServiceName: spec.serviceName,
    DesiredStatus: view.desiredStatus,
    KnownStatus: view.knownStatus,
    Limits: limitsOf(spec),
    PullStartedAt: time(view.pullStartedAt),
    PullStoppedAt: time(view.pullStoppedAt),
    ExecutionStoppedAt: time(view.executionStoppedAt),
    AvailabilityZone: spec.availabilityZone,
    VPCID: spec.networkInterface?.vpcId,
    LaunchType: spec.launchType,
    Containers: view.containers.map((container) => containerMetadata(container, view)),
    FaultInjectionEnabled: false,
  });
}

/** A task with its tags. */
export function taskWithTags(view: TaskView): Metadata {
  return {
    ...taskMetadata(view),
    ...(Object.keys(view.spec.tags).length > 0 && { TaskTags: view.spec.tags }),
  };
}

/** Version 3 knows fewer members of a container, and of its networks the mode and the addresses. */
export function containerMetadataV3(container: ContainerView, view: TaskView): Metadata {
  const { LogDriver, LogOptions, ContainerARN, RestartCount, Networks, ...rest } = containerMetadata(
    container,
    view,
  );
  const networks = (Networks as readonly Metadata[] | undefined) ?? [];
  return {
    ...rest,
    Networks: networks.map(({ NetworkMode, IPv4Addresses }) => ({ NetworkMode, IPv4Addresses })),
  };
}

export function taskMetadataV3(view: TaskView): Metadata {
  const { LaunchType, VPCID, ServiceName, FaultInjectionEnabled, ...rest } = taskMetadata(view);
  return { ...rest, Containers: view.containers.map((one) => containerMetadataV3(one, view)) };
}

/** vCPUs and MiB. */
function limitsOf({ cpu, memory }: TaskSpec): Metadata | undefined {
  if (cpu === undefined && memory === undefined) return undefined;
  return compact({ CPU: cpu === undefined ? undefined : cpu / 1024, Memory: memory });
}

function healthOf({ health }: ContainerView): Metadata | undefined {
  if (health === undefined) return undefined;
  const status = { starting: "UNKNOWN", healthy: "HEALTHY", unhealthy: "UNHEALTHY" }[health.status];
  return compact({
    status,
    statusSince: time(health.endedAt),
    exitCode: health.exitCode,
    output: health.output,
  });
}

function networksOf(container: ContainerView, task: TaskSpec): readonly Metadata[] {
  const own = task.networkInterface;
  if (own === undefined) {
    const addresses = container.addresses;
    return [compact({ NetworkMode: task.networkMode, IPv4Addresses: listOf(addresses, (one) => one) })];
  }
  const [network = "", bits = ""] = own.subnetCidr.split("/");
  return [
    compact({
      NetworkMode: "awsvpc",
      IPv4Addresses: [own.privateIpv4Address],
      AttachmentIndex: 0,
      MACAddress: own.macAddress,
      IPv4SubnetCIDRBlock: own.subnetCidr,
      PrivateDNSName: own.privateDnsName,
      // AWS: the first address of a subnet is its router's.
      SubnetGatewayIpv4Address: `${network.replace(/\d+$/, (last) => String(Number(last) + 1))}/${bits}`,
    }),
  ];
}

function time(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** A list, or nothing when it is empty. */
function listOf<Item, Shown>(
  items: readonly Item[],
  show: (item: Item) => Shown,
): readonly Shown[] | undefined {
  return items.length === 0 ? undefined : items.map(show);
}

function compact(members: Metadata): Metadata {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
