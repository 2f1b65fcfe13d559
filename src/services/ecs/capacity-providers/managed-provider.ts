import type * as ecs from "@aws-sdk/client-ecs";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { type ClusterKey, capacityProviderArn, clusterArn, type Scope } from "../arn.ts";
import { capacityProviderNotFound } from "./capacity-provider.ts";
import type { ManagedTables, ProviderRow, ProviderStatus } from "./managed-store.ts";

/** A provider by its name, which is unique in a region of an account. */
export interface ProviderKey extends Scope {
  readonly name: string;
}

/** All of a provider that no query looks for. */
export interface ProviderDocument {
  readonly infrastructureRoleArn: Arn;
  /** As it was sent, with its defaults. */
  readonly launchTemplate: ecs.InstanceLaunchTemplate;
  /** The Availability Zone of each of its subnets, as EC2 says. */
  readonly zones: Readonly<Record<string, string>>;
  readonly propagateTags: ecs.PropagateMITags;
  /** Seconds; -1 never; absent for AWS's default. */
  readonly scaleInAfter?: number;
  readonly autoRepair: ecs.AutoRepairActionsStatus;
  readonly updateStatus: ecs.CapacityProviderUpdateStatus;
  /** The launch template at EC2, and the digest of the settings that it was made of. */
  readonly template?: { readonly id: string; readonly of: string };
  /** Why the last launch failed, how many did in a row, when it did, and until when (epoch ms) none is tried. */
  readonly failure?: {
    readonly reason: string;
    readonly times: number;
    readonly at: number;
    readonly until: number;
  };
}

/** A capacity provider of managed instances. */
export interface ManagedProvider extends ProviderKey {
  readonly arn: Arn;
  readonly cluster: string;
  readonly status: ProviderStatus;
  readonly version: number;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: ProviderDocument;
}

function providerFrom(row: ProviderRow): ManagedProvider {
  const key = { account: row.account as AccountId, region: row.region as Region, name: row.name };
  return {
    ...key,
    arn: capacityProviderArn(key, row.name),
    cluster: row.cluster,
    status: row.status,
    version: row.version,
    createdAt: row.created_at,
    document: JSON.parse(row.document) as ProviderDocument,
  };
}

/** The cluster that a provider serves. */
export function clusterOfProvider({ account, region, cluster }: ManagedProvider): ClusterKey {
  return { account, region, cluster };
}

/** All providers of a region that are not INACTIVE, by name; with `cluster` those that serve it. */
export async function listProviders(
  rows: Rows,
  { account, region }: Scope,
  cluster?: string,
): Promise<readonly ManagedProvider[]> {
  const all = rows
    .tables<ManagedTables>()
    .selectFrom("ecs_capacity_provider")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("status", "!=", "INACTIVE")
    .orderBy("name");
  const found = await (cluster === undefined ? all : all.where("cluster", "=", cluster)).execute();
  return found.map(providerFrom);
}

/** A provider by its name, INACTIVE ones too, or `undefined`. */
export async function findProvider(rows: Rows, key: ProviderKey): Promise<ManagedProvider | undefined> {
  const row = await rows
    .tables<ManagedTables>()
    .selectFrom("ecs_capacity_provider")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .executeTakeFirst();
  return row && providerFrom(row);
}

/** A provider that is ACTIVE. Throws `InvalidParameterException`. */
export async function needProvider(rows: Rows, key: ProviderKey): Promise<ManagedProvider> {
  const found = await findProvider(rows, key);
  if (found?.status !== "ACTIVE") throw capacityProviderNotFound();
  return found;
}

/** Writes a new provider, in the place of a deleted one of its name. */
export async function insertProvider(
  tx: Tx,
  provider: Omit<ManagedProvider, "arn" | "version">,
): Promise<ManagedProvider> {
  const row: ProviderRow = {
    account: provider.account,
    region: provider.region,
    name: provider.name,
    cluster: provider.cluster,
    status: provider.status,
    version: 1,
    created_at: provider.createdAt,
    document: JSON.stringify(provider.document),
  };
  await tx
    .tables<ManagedTables>()
    .insertInto("ecs_capacity_provider")
    .values(row)
    .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet(row))
    .execute();
  return providerFrom(row);
}

/** Writes what has changed of a provider, as its next version. */
export async function changeProvider(
  tx: Tx,
  provider: ManagedProvider,
  change: { readonly status?: ProviderStatus; readonly document?: Partial<ProviderDocument> },
): Promise<ManagedProvider> {
  const changed = {
    ...provider,
    status: change.status ?? provider.status,
    version: provider.version + 1,
    document: { ...provider.document, ...change.document },
  };
  await tx
    .tables<ManagedTables>()
    .updateTable("ecs_capacity_provider")
    .set({
      status: changed.status,
      version: changed.version,
      document: JSON.stringify(changed.document),
    })
    .where("account", "=", provider.account)
    .where("region", "=", provider.region)
    .where("name", "=", provider.name)
    .execute();
  return changed;
}

/** A provider as it is answered. */
export function describeManaged(provider: ManagedProvider, tags: readonly Tag[]): ecs.CapacityProvider {
  const { document } = provider;
  return {
    capacityProviderArn: provider.arn,
    name: provider.name,
    cluster: clusterArn(clusterOfProvider(provider)),
    status: provider.status,
    managedInstancesProvider: {
      infrastructureRoleArn: document.infrastructureRoleArn,
      instanceLaunchTemplate: document.launchTemplate,
      propagateTags: document.propagateTags,
      ...(document.scaleInAfter !== undefined && {
        infrastructureOptimization: { scaleInAfter: document.scaleInAfter },
      }),
      autoRepairConfiguration: { actionsStatus: document.autoRepair },
    },
    updateStatus: document.updateStatus,
    ...(document.failure !== undefined && { updateStatusReason: document.failure.reason }),
    tags: [...tags],
    type: "MANAGED_INSTANCES",
  };
}
