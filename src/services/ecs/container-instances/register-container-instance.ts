import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { Tx } from "../../../store/types.ts";
import { clusterArn, clusterOf, containerInstanceArn, idOf } from "../arn.ts";
import { type Cluster, clusterColumns, ownCluster } from "../clusters/cluster.ts";
import { clientFault, invalidParameter } from "../faults.ts";
import type { EcsPorts } from "../ports.ts";
import { taggingPermission } from "../tags/tagging-permission.ts";
import { putTags, readTags, requestedTags, tagContext, tagsOf } from "../tags/tags.ts";
import { readAttributes, withAttributes, withoutCapabilities } from "./attributes.ts";
import { changeSeenInstance, tellOfInstance } from "./change.ts";
import { describeInstance, tasksOfInstances } from "./describe.ts";
import { readIdentity } from "./identity.ts";
import {
  type Attributes,
  type ContainerInstance,
  findInstance,
  type InstanceDocument,
  instanceFrom,
  instanceNotFound,
  keptAttributes,
} from "./instance.ts";
import type { InstanceRow, InstanceTables } from "./instance-store.ts";
import { instanceOfToken, noteToken } from "./registration-token.ts";
import { type InstanceResources, readResources, withTotals } from "./resources.ts";

/** AWS General Reference, "Amazon ECS service quotas": container instances of a cluster. */
const mostInstances = 5_000;

/** What an agent tells of its host. */
interface Host {
  readonly attributes: Attributes;
  readonly resources: InstanceResources;
  readonly document: InstanceDocument;
}

/**
 * An agent brings its host into a cluster, or comes back with it: then it names the ARN that it was given.
 * INVARIANT: the answer has every attribute that was sent, with its value; an agent that misses one stops.
 */
export const registerContainerInstance = (
  ports: Pick<EcsPorts, "verifyIdentity">,
): WriteOperation<typeof ecs, "RegisterContainerInstance"> => ({
  name: "RegisterContainerInstance",
  async authorise({ cluster, tags }, ctx) {
    const key = clusterOf(cluster, ctx);
    const wanted = requestedTags(tags);
    const instance = containerInstanceArn({ ...key, id: "*" });
    return [
      { action: "ecs:RegisterContainerInstance", resource: clusterArn(key), context: tagContext(wanted) },
      ...(await taggingPermission(ctx, instance, wanted, "RegisterContainerInstance")),
    ];
  },
  async commit(tx, ctx, input) {
    const cluster = await ownCluster(tx, input.cluster, ctx);
    const host = readHost(ports, ctx, input);
    const named = input.containerInstanceArn ?? "";
    const instance =
      named === ""
        ? await registerOnce(tx, ctx, cluster, host, tokenOf(input))
        : await registerAgain(tx, ctx, cluster, host, idOf("container-instance", named));
    await putTags(tx, instance.arn, readTags(input.tags));
    const tasks = await tasksOfInstances(tx, cluster.key, [instance.key.id]);
    return {
      containerInstance: describeInstance(instance, {
        tasks: tasks.get(instance.key.id),
        tags: await tagsOf(tx, instance.arn),
      }),
    };
  },
});

/** Throws `InvalidParameterException`, `ClientException`. */
function readHost(
  ports: Pick<EcsPorts, "verifyIdentity">,
  ctx: CallContext,
  input: ecs.RegisterContainerInstanceCommandInput,
): Host {
  const sent = readAttributes(input.attributes);
  const external = sent.has("ecs.capability.external");
  const identity = external ? undefined : readIdentity(ports, ctx, input);
  return {
    // What the agent says itself is not overruled by the document.
    attributes: withAttributes(identity?.attributes ?? new Map(), sent),
    resources: readResources(input.totalResources, input.platformDevices),
    document: {
      launchType: external ? "EXTERNAL" : "EC2",
      ...(identity === undefined ? {} : { ec2InstanceId: identity.instanceId }),
      versionInfo: input.versionInfo ?? {},
    },
  };
}

/** The member that only agents know of (protocol/supplements.ts). */
function tokenOf(input: object): string | undefined {
  return "clientToken" in input && typeof input.clientToken === "string" ? input.clientToken : undefined;
}

/** What the same request made before, which its agent has not heard of; a new instance otherwise. */
async function registerOnce(
  tx: Tx,
  ctx: CallContext,
  cluster: Cluster,
  host: Host,
  token: string | undefined,
): Promise<ContainerInstance> {
  const before = await instanceOfToken(tx, cluster.key, token, ctx.now);
  if (before !== undefined) return before;
  const made = await registerNew(tx, ctx, cluster, host);
  await noteToken(tx, made.key, token);
  return made;
}

async function registerNew(
  tx: Tx,
  ctx: CallContext,
  { key }: Cluster,
  { attributes, resources, document }: Host,
): Promise<ContainerInstance> {
  const { count } = await tx
    .tables<InstanceTables>()
    .selectFrom("ecs_container_instance")
    .select((row) => row.fn.countAll<number | string>().as("count"))
    .where((row) => row.and(clusterColumns(key)))
    .where("status", "!=", "INACTIVE")
    .executeTakeFirstOrThrow();
  if (Number(count) >= mostInstances) {
    throw invalidParameter(
      `The limit of ${mostInstances} container instances in a cluster has been reached.`,
    );
  }
  const row: InstanceRow = {
    ...clusterColumns(key),
    id: ctx.random.bytes(16).toString("hex"),
    status: "ACTIVE",
    registered_at: ctx.now,
    deregistered_at: null,
    connected_until: 0,
    connection: null,
    version: 1,
    sequence: 0,
    attributes: keptAttributes(attributes),
    registered: JSON.stringify(resources),
    remaining: JSON.stringify(resources),
    document: JSON.stringify(document),
  };
  await tx.tables<InstanceTables>().insertInto("ecs_container_instance").values(row).execute();
  const instance = instanceFrom(row, ctx.now);
  await tellOfInstance(tx, ctx, instance);
  return instance;
}

async function registerAgain(
  tx: Tx,
  ctx: CallContext,
  cluster: Cluster,
  { attributes, resources, document }: Host,
  id: string,
): Promise<ContainerInstance> {
  const instance = await findInstance(tx, { ...cluster.key, id }, ctx.now);
  if (instance === undefined) throw instanceNotFound();
  // Ours: AWS's sentences for both are not known.
  if (instance.status === "INACTIVE") throw clientFault("The container instance has been deregistered.");
  if (instance.launchType !== document.launchType) {
    throw clientFault("The launch type of a registered container instance can not change.");
  }
  const { registered, remaining } = instance;
  return changeSeenInstance(tx, ctx, instance, {
    attributes: keptAttributes(withAttributes(withoutCapabilities(instance.attributes), attributes)),
    registered: resources,
    remaining: withTotals(registered, remaining, resources),
    document: {
      ...instance.document,
      ...document,
      versionInfo: { ...instance.document.versionInfo, ...document.versionInfo },
    },
  });
}
