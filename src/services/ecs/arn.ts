import type { CallContext } from "../../dispatch/context.ts";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";

/** One account in one region. */
export interface Scope {
  readonly account: AccountId;
  readonly region: Region;
}

export interface ClusterKey extends Scope {
  readonly cluster: string;
}

export interface ServiceKey extends ClusterKey {
  readonly service: string;
}

export interface DaemonKey extends ClusterKey {
  readonly daemon: string;
}

/** A task, or a container instance: 32 hexadecimal digits in a cluster. */
export interface InClusterKey extends ClusterKey {
  readonly id: string;
}

/** AWS: the cluster of calls that name none. */
export const defaultCluster = "default";

const arn = ({ account, region }: Scope, resource: string): Arn =>
  formatArn("ecs", region, account, resource);

export const clusterArn = (key: ClusterKey): Arn => arn(key, `cluster/${key.cluster}`);
export const serviceArn = (key: ServiceKey): Arn => arn(key, `service/${key.cluster}/${key.service}`);
export const taskArn = (key: InClusterKey): Arn => arn(key, `task/${key.cluster}/${key.id}`);
export const containerInstanceArn = (key: InClusterKey): Arn =>
  arn(key, `container-instance/${key.cluster}/${key.id}`);
export const taskDefinitionArn = (scope: Scope, family: string, revision: number): Arn =>
  arn(scope, `task-definition/${family}:${revision}`);
export const capacityProviderArn = (scope: Scope, name: string): Arn =>
  arn(scope, `capacity-provider/${name}`);
export const daemonArn = (key: DaemonKey): Arn => arn(key, `daemon/${key.cluster}/${key.daemon}`);
export const daemonRevisionArn = (key: DaemonKey, id: string): Arn =>
  arn(key, `daemon-revision/${key.cluster}/${key.daemon}/${id}`);
export const daemonDeploymentArn = (key: DaemonKey, id: string): Arn =>
  arn(key, `daemon-deployment/${key.cluster}/${key.daemon}/${id}`);
export const daemonTaskDefinitionArn = (scope: Scope, family: string, revision: number): Arn =>
  arn(scope, `daemon-task-definition/${family}:${revision}`);
export const taskSetArn = (key: ServiceKey, id: string): Arn =>
  arn(key, `task-set/${key.cluster}/${key.service}/${id}`);
export const serviceRevisionArn = (key: ServiceKey, id: string): Arn =>
  arn(key, `service-revision/${key.cluster}/${key.service}/${id}`);
export const serviceDeploymentArn = (key: ServiceKey, id: string): Arn =>
  arn(key, `service-deployment/${key.cluster}/${key.service}/${id}`);
export const gatewayArn = (scope: Scope, name: string, id: string): Arn =>
  arn(scope, `gateway/${name}/${id}`);
/** @param gateway name and id of the gateway. */
export const gatewayRouteArn = (scope: Scope, gateway: readonly [string, string], id: string): Arn =>
  arn(scope, `gateway-route/${gateway.join("/")}/${id}`);
export const containerArn = (task: InClusterKey, uuid: string): Arn =>
  arn(task, `container/${task.cluster}/${task.id}/${uuid}`);
export const attachmentArn = (scope: Scope, uuid: string): Arn => arn(scope, `attachment/${uuid}`);

/** An ARN of ECS, cut at its slashes: `["task", "default", "0f…"]`. */
export interface EcsArn extends Scope {
  readonly type: string;
  readonly path: readonly string[];
}

/** Reads any ARN of ECS; `undefined` when it is something else. */
export function parseEcsArn(text: string): EcsArn | undefined {
  const parsed = parseArn(text);
  if (parsed?.service !== "ecs") return undefined;
  const [type = "", ...path] = parsed.resource.split("/");
  return { account: parsed.account as AccountId, region: parsed.region as Region, type, path };
}

/** The cluster that a call names by name or ARN; `default` when it names none. */
export function clusterOf(named: string | undefined, ctx: CallContext): ClusterKey {
  const parsed = named === undefined ? undefined : parseEcsArn(named);
  if (parsed?.type === "cluster") {
    return { account: parsed.account, region: parsed.region, cluster: parsed.path[0] ?? "" };
  }
  return { account: ctx.account, region: ctx.region, cluster: named || defaultCluster };
}

/**
 * Something of a cluster that a call names by its short name or its ARN. An ARN says its cluster itself; where it says
 * another one than the call does, the call's own counts and nothing is found there, as on AWS.
 */
export function idOf(type: string, named: string): string {
  const parsed = parseEcsArn(named);
  return parsed?.type === type ? (parsed.path.at(-1) ?? "") : named;
}
