import { isDeepStrictEqual } from "node:util";
import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { Rows } from "../../../store/types.ts";
import { clusterArn, defaultCluster } from "../arn.ts";
import { groupProvidersAmong } from "../capacity-providers/group-provider.ts";
import { providerContext, readProviders, readStrategy } from "../capacity-providers/strategy.ts";
import { invalidParameter } from "../faults.ts";
import { holdRole, prepareRole, type RolePreparation } from "../role-use/role-creation.ts";
import { effectiveSetting } from "../settings/account-setting.ts";
import { taggingPermission } from "../tags/tagging-permission.ts";
import { putTags, readTags, requestedTags, tagContext, tagsOf } from "../tags/tags.ts";
import { type Cluster, type ClusterDocument, clusterFrom, countClusters, findCluster } from "./cluster.ts";
import type { ClusterRow, ClusterTables } from "./cluster-store.ts";
import { checkClusterName, mergeSettings, readConfiguration } from "./configuration.ts";
import { type ConnectDefaultsWish, readConnectDefaults } from "./connect-defaults.ts";
import { countIn } from "./counts.ts";
import { describeChanged } from "./describe.ts";

/** AWS General Reference, "Amazon ECS service quotas": clusters of an account in a region. */
const mostClusters = 10_000;

const keyOf = (name: string | undefined, { account, region }: Pick<CallContext, "account" | "region">) => ({
  account,
  region,
  cluster: name || defaultCluster,
});

interface Prepared {
  readonly role: RolePreparation;
  readonly connect: ConnectDefaultsWish;
}

/**
 * Makes a cluster, and with it, as the caller, the service-linked role. A cluster that is there already is answered as
 * it is.
 * AWS: it goes well also when the caller may not create the role (captured): what needs the role then fails.
 * INVARIANT: a role that is there is not deleted behind a new cluster: the commit takes the row that the deletion takes.
 */
export const createCluster: WriteOperation<typeof ecs, "CreateCluster", Prepared> = {
  name: "CreateCluster",
  async authorise(input, ctx) {
    const resource = clusterArn(keyOf(input.clusterName, ctx));
    const tags = requestedTags(input.tags);
    const providers = [
      ...(input.capacityProviders ?? []),
      ...(input.defaultCapacityProviderStrategy ?? []).map((item) => item.capacityProvider),
    ];
    return [
      {
        action: "ecs:CreateCluster",
        resource,
        context: {
          ...tagContext(tags),
          ...providerContext(providers, ctx),
          "ecs:fargate-ephemeral-storage-kms-key":
            input.configuration?.managedStorageConfiguration?.fargateEphemeralStorageKmsKeyId,
        },
      },
      ...(await taggingPermission(ctx, resource, tags, "CreateCluster")),
    ];
  },

  async prepare(ctx, input) {
    await wantedDocument(ctx.rows, ctx, input);
    readTags(input.tags);
    const role = await prepareRole(ctx);
    return { role, connect: await readConnectDefaults(ctx, input.serviceConnectDefaults) };
  },

  async commit(tx, ctx, input, { role, connect }) {
    const key = keyOf(input.clusterName, ctx);
    await holdRole(tx, ctx.account, role);
    const there = await findCluster(tx, key);
    const document = {
      ...(await wantedDocument(tx, ctx, input)),
      ...(connect.asked && { serviceConnectDefaults: connect.defaults }),
    };
    if (there?.status === "ACTIVE") {
      refuseOthers(there, document, input);
      return { cluster: describeChanged(there, await countIn(tx, key), await tagsOf(tx, there.arn)) };
    }
    if ((await countClusters(tx, key)) >= mostClusters) {
      // Ours: AWS's words for the quota are not known.
      throw invalidParameter(`The limit of ${mostClusters} clusters has been reached.`);
    }
    const row: ClusterRow = {
      account: key.account,
      region: key.region,
      name: key.cluster,
      status: "ACTIVE",
      created_at: ctx.now,
      deleted_at: null,
      document: JSON.stringify(document),
    };
    await tx
      .tables<ClusterTables>()
      .insertInto("ecs_cluster")
      .values(row)
      .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet(row))
      .execute();
    const cluster = clusterFrom(row);
    const tags = readTags(input.tags);
    await putTags(tx, cluster.arn, tags);
    return { cluster: describeChanged(cluster, await countIn(tx, key), tags) };
  },
};

/** What the cluster shall be. Throws `InvalidParameterException`, `UnsupportedFeatureException`. */
async function wantedDocument(
  rows: Rows,
  ctx: CallContext,
  input: ecs.CreateClusterCommandInput,
): Promise<ClusterDocument> {
  checkClusterName(input.clusterName || defaultCluster);
  const value = await effectiveSetting(rows, ctx, ctx.principal, "containerInsights");
  const capacityProviders = await readProviders(rows, keyOf(input.clusterName, ctx), input.capacityProviders);
  const configuration = readConfiguration(input.configuration);
  return {
    settings: mergeSettings([{ name: "containerInsights", value }], input.settings),
    ...(configuration === undefined ? {} : { configuration }),
    capacityProviders,
    ...(await groupProvidersAmong(rows, ctx, capacityProviders)),
    defaultCapacityProviderStrategy: readStrategy(input.defaultCapacityProviderStrategy, capacityProviders),
  };
}

/** AWS: so met by users of Terraform (github.com/hashicorp/terraform, issue 24615). What a call leaves out may differ. */
function refuseOthers(there: Cluster, wanted: ClusterDocument, input: ecs.CreateClusterCommandInput): void {
  const given: readonly (keyof ClusterDocument & keyof ecs.CreateClusterCommandInput)[] = [
    "settings",
    "configuration",
    "serviceConnectDefaults",
    "capacityProviders",
    "defaultCapacityProviderStrategy",
  ];
  const differs = given.some(
    (member) =>
      input[member] !== undefined && !isDeepStrictEqual(there.document[member], kept(wanted[member])),
  );
  if (differs) {
    throw invalidParameter(
      "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
    );
  }
}

/** A value as a row keeps it: without the members that are not there. */
function kept(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
