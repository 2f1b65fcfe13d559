import type { ServiceRegistry } from "@aws-sdk/client-ecs";
import { healthOf, type Task } from "../tasks/task.ts";

/** A service of Cloud Map in which a task is an instance while it runs. */
export interface TaskRegistry {
  /** ARN of the Cloud Map service. */
  readonly registryArn: string;
  /** Which port is registered, where one is. */
  readonly containerName?: string | undefined;
  readonly containerPort?: number | undefined;
  readonly port?: number | undefined;
  /** Of a task set. */
  readonly externalId?: string | undefined;
  /**
   * How far it has come. REGISTERING is written before Cloud Map is told, so that the instance of a task that stops
   * meanwhile is found.
   */
  readonly status: "PENDING" | "REGISTERING" | "REGISTERED" | "GONE";
  /** What Cloud Map was told last of the task's health; `none` where the service takes no such words. */
  readonly healthTold?: "HEALTHY" | "UNHEALTHY" | "none";
  /** What Cloud Map said when it was asked last, and refused. */
  readonly refusal?: string;
}

/** The registries of a new task. */
export function newRegistries(
  registries: readonly Pick<ServiceRegistry, "registryArn" | "containerName" | "containerPort" | "port">[],
  externalId: string | undefined,
): readonly TaskRegistry[] {
  return registries.map(({ registryArn = "", containerName, containerPort, port }) => ({
    registryArn,
    containerName,
    containerPort,
    port,
    externalId,
    status: "PENDING",
  }));
}

/** Where a task is found: an address, and a port where the registry has one. */
export interface RegisteredPlace {
  readonly address: string;
  readonly port?: number | undefined;
}

/**
 * Where a task is found: at its own address with network mode `awsvpc`, else at its instance's with the port that the
 * container was given there. `undefined` as long as that is not known.
 * @param hostAddress of the container instance; not asked for with `awsvpc`.
 */
export function registeredPlace(
  { document }: Task,
  { containerName, containerPort, port }: TaskRegistry,
  hostAddress: string | undefined,
): RegisteredPlace | undefined {
  if (document.networkMode === "awsvpc") {
    const address = document.attachment?.made?.privateIpv4Address;
    return address === undefined ? undefined : { address, port: port ?? containerPort };
  }
  if (hostAddress === undefined) return undefined;
  if (document.networkMode === "host") return { address: hostAddress, port: containerPort };
  const container = document.containers.find(({ name }) => name === containerName);
  const binding = container?.networkBindings?.find((one) => one.containerPort === containerPort);
  return binding?.hostPort === undefined ? undefined : { address: hostAddress, port: binding.hostPort };
}

/** The attributes of a task's instance (Developer Guide, "Use service discovery to connect Amazon ECS services"). */
export function instanceAttributes(
  task: Task,
  { externalId }: TaskRegistry,
  { address, port }: RegisteredPlace,
  ec2InstanceId: string | undefined,
): Readonly<Record<string, string>> {
  const zone = task.document.availabilityZone;
  return {
    AWS_INSTANCE_IPV4: address,
    ...(port !== undefined && { AWS_INSTANCE_PORT: String(port) }),
    ...(zone !== undefined && { AVAILABILITY_ZONE: zone }),
    REGION: task.region,
    ECS_CLUSTER_NAME: task.cluster,
    ECS_SERVICE_NAME: task.service ?? "",
    ECS_TASK_DEFINITION_FAMILY: task.family,
    ...(ec2InstanceId !== undefined && { EC2_INSTANCE_ID: ec2InstanceId }),
    ...(externalId !== undefined && { ECS_TASK_SET_EXTERNAL_ID: externalId }),
  };
}

/** The registries of a task in which it is still to be registered. */
export function unregisteredIn({ document: { registries = [] } }: Task): readonly TaskRegistry[] {
  return registries.filter(({ status }) => status === "PENDING" || status === "REGISTERING");
}

/** The registries in which a task may be found. */
export function registeredIn({ document: { registries = [] } }: Task): readonly TaskRegistry[] {
  return registries.filter(({ status }) => status === "REGISTERING" || status === "REGISTERED");
}

/** The registries that are to hear of a task's health: what they were told last is not so any more. */
export function untoldOfHealth(task: Task): readonly TaskRegistry[] {
  const health = healthOf(task);
  if (health !== "HEALTHY" && health !== "UNHEALTHY") return [];
  return (task.document.registries ?? []).filter(
    ({ status, healthTold = "HEALTHY" }) =>
      status === "REGISTERED" && healthTold !== "none" && healthTold !== health,
  );
}
