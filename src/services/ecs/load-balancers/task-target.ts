import type { LoadBalancer } from "@aws-sdk/client-ecs";
import type { Task } from "../tasks/task.ts";

/** A target group that a task of a service is registered with while it runs. */
export interface TaskTarget {
  readonly targetGroupArn: string;
  readonly containerName: string;
  readonly containerPort: number;
  /**
   * How far it has come. REGISTERING is written before the load balancer is told, so that a target of a task that
   * stops meanwhile is found.
   */
  readonly status: "PENDING" | "REGISTERING" | "REGISTERED" | "DRAINING" | "GONE";
  /** As it is registered: an address or an instance, and a port; absent before. */
  readonly id?: string;
  readonly port?: number;
  /** What the load balancer said when it was asked last, and refused. */
  readonly refusal?: string;
  /** Epoch ms since which it drains. */
  readonly drainingSince?: number;
}

/** The targets of a new task. @param targetGroups one for each load balancer, in their order. */
export function newTargets(
  loadBalancers: readonly LoadBalancer[],
  targetGroups: readonly string[],
): readonly TaskTarget[] {
  return loadBalancers.map(({ targetGroupArn = "", containerName = "", containerPort = 0 }, index) => ({
    targetGroupArn: targetGroups[index] ?? targetGroupArn,
    containerName,
    containerPort,
    status: "PENDING",
  }));
}

/**
 * Where a task is reached: its own address with network mode `awsvpc`, else the instance that it is on with the port
 * that the container was given there. `undefined` as long as that is not known.
 */
export function placeOf(
  { document }: Task,
  { containerName, containerPort }: TaskTarget,
  ec2InstanceId: string | undefined,
): { readonly id: string; readonly port: number } | undefined {
  if (document.networkMode === "awsvpc") {
    const id = document.attachment?.made?.privateIpv4Address;
    return id === undefined ? undefined : { id, port: containerPort };
  }
  if (ec2InstanceId === undefined) return undefined;
  if (document.networkMode === "host") return { id: ec2InstanceId, port: containerPort };
  const container = document.containers.find(({ name }) => name === containerName);
  const binding = container?.networkBindings?.find((one) => one.containerPort === containerPort);
  return binding?.hostPort === undefined ? undefined : { id: ec2InstanceId, port: binding.hostPort };
}

/** The targets of a task that are still to be registered. */
export function unregistered({ document: { targets = [] } }: Task): readonly TaskTarget[] {
  return targets.filter(({ status }) => status === "PENDING" || status === "REGISTERING");
}

/** The targets of a task that a load balancer may still send requests. */
export function registered({ document: { targets = [] } }: Task): readonly TaskTarget[] {
  return targets.filter(({ status }) => status === "REGISTERING" || status === "REGISTERED");
}

/** The targets of a task that finish what they have begun. */
export function draining({ document: { targets = [] } }: Task): readonly TaskTarget[] {
  return targets.filter(({ status }) => status === "DRAINING");
}
