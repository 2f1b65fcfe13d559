import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext, PrepareContext } from "../../../dispatch/context.ts";
import type { InputOf } from "../../../dispatch/operation.ts";
import type { Tx } from "../../../store/types.ts";
import type { Scope } from "../arn.ts";
import { clusterFrom } from "../clusters/cluster.ts";
import type { ClusterTables } from "../clusters/cluster-store.ts";
import { clientFault, invalidParameter } from "../faults.ts";
import { needRole } from "../role-use/role-creation.ts";
import { putTags, readTags, tagsOf } from "../tags/tags.ts";
import { capacityProviderNotFound } from "./capacity-provider.ts";
import { admitGroup, readGroupProvider } from "./group-configuration.ts";
import {
  changeGroupProvider,
  describeGroupProvider,
  findGroupProvider,
  type GroupProvider,
  type GroupProviderDocument,
  insertGroupProvider,
  listGroupProviders,
} from "./group-provider.ts";
import { enqueueGroupProvider } from "./group-provider-job.ts";
import { findProvider } from "./managed-provider.ts";

type CreateInput = InputOf<typeof ecs, "CreateCapacityProvider">;

/** AWS General Reference, "Amazon ECS service quotas": ours for capacity providers of a region. */
const mostProviders = 500;

/** What CreateCapacityProvider makes of a group provider. For `prepare`. */
export async function prepareGroupProvider(
  ctx: PrepareContext,
  input: CreateInput,
  wanted: ecs.AutoScalingGroupProvider,
): Promise<GroupProviderDocument> {
  const { autoScalingGroupArn: group = "" } = wanted;
  if (input.cluster !== undefined && input.cluster !== "") {
    // Ours: AWS's parameter is for managed instances.
    throw invalidParameter("A cluster can be specified for a managed instances provider only.");
  }
  readTags(input.tags);
  const settings = readGroupProvider(wanted, undefined);
  const groupName = await admitGroup(ctx, group, settings);
  return { group, groupName, ...settings, updateStatus: "CREATE_COMPLETE", policies: {} };
}

/** The other half, for `commit`. */
export async function commitGroupProvider(
  tx: Tx,
  ctx: CallContext,
  input: CreateInput,
  document: GroupProviderDocument,
): Promise<{ readonly capacityProvider: ecs.CapacityProvider }> {
  const key = { account: ctx.account, region: ctx.region, name: input.name };
  await needRole(tx, ctx.account);
  await refuseTaken(tx, key);
  const all = await listGroupProviders(tx, key);
  if (all.length >= mostProviders) {
    throw clientFault("The maximum number of capacity providers has been exceeded.");
  }
  if (all.some((one) => one.document.groupName === document.groupName)) {
    // Ours.
    throw clientFault("The specified Auto Scaling group is associated with another capacity provider.");
  }
  const provider = await insertGroupProvider(tx, { ...key, status: "ACTIVE", createdAt: ctx.now, document });
  const tags = readTags(input.tags);
  await putTags(tx, provider.arn, tags);
  await enqueueGroupProvider(tx, provider);
  return { capacityProvider: describeGroupProvider(provider, tags) };
}

/** Capacity providers of both kinds share their names. @throws Fault `InvalidParameterException`; the sentence is ours. */
export async function refuseTaken(tx: Tx, key: Scope & { readonly name: string }): Promise<void> {
  const taken = [await findGroupProvider(tx, key), await findProvider(tx, key)].some(
    (one) => one !== undefined && one.status !== "INACTIVE",
  );
  if (taken) {
    throw invalidParameter(
      "The specified capacity provider already exists. To change the configuration of an existing capacity provider, update the capacity provider.",
    );
  }
}

/** A group provider that is ACTIVE. Throws `InvalidParameterException`. */
async function needGroupProvider(tx: Tx, key: Scope & { readonly name: string }): Promise<GroupProvider> {
  const found = await findGroupProvider(tx, key);
  if (found?.status !== "ACTIVE") throw capacityProviderNotFound();
  return found;
}

/** What UpdateCapacityProvider makes of a group provider. */
export async function updateGroupProvider(
  tx: Tx,
  ctx: CallContext,
  name: string,
  settings: Pick<GroupProviderDocument, "scaling" | "terminationProtection" | "draining">,
): Promise<{ readonly capacityProvider: ecs.CapacityProvider }> {
  const provider = await needGroupProvider(tx, { account: ctx.account, region: ctx.region, name });
  const changed = await changeGroupProvider(tx, provider, {
    document: { ...settings, updateStatus: "UPDATE_COMPLETE" },
  });
  await enqueueGroupProvider(tx, changed);
  return { capacityProvider: describeGroupProvider(changed, await tagsOf(tx, changed.arn)) };
}

/** What DeleteCapacityProvider makes of a group provider: INACTIVE once nothing of it is left at its group. */
export async function deleteGroupProvider(
  tx: Tx,
  provider: GroupProvider,
): Promise<{ readonly capacityProvider: ecs.CapacityProvider }> {
  if ((await clustersOf(tx, provider)).length > 0) {
    throw clientFault(
      "The specified capacity provider is in use and cannot be removed. Remove the capacity provider from all clusters and try again.",
    );
  }
  const changed = await changeGroupProvider(tx, provider, {
    status: "DEPROVISIONING",
    document: { updateStatus: "DELETE_IN_PROGRESS" },
  });
  await enqueueGroupProvider(tx, changed);
  return { capacityProvider: describeGroupProvider(changed, await tagsOf(tx, changed.arn)) };
}

/** The clusters that use a provider. */
export async function clustersOf(
  rows: Pick<Tx, "tables">,
  { account, region, name }: Scope & { readonly name: string },
): Promise<readonly string[]> {
  const found = await rows
    .tables<ClusterTables>()
    .selectFrom("ecs_cluster")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("status", "=", "ACTIVE")
    .orderBy("name")
    .execute();
  return found
    .map(clusterFrom)
    .filter(({ document }) => document.capacityProviders.includes(name))
    .map(({ key }) => key.cluster);
}
