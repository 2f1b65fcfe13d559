import type * as ecs from "@aws-sdk/client-ecs";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { capacityProviderArn, type Scope } from "../arn.ts";
import type { GroupProviderRow, GroupProviderTables } from "./group-store.ts";
import type { ProviderKey } from "./managed-provider.ts";
import type { ProviderStatus } from "./managed-store.ts";

/** What AWS lets ECS do with a group ("Automatically manage Amazon ECS capacity with cluster auto scaling"). */
export interface ManagedScaling {
  readonly enabled: boolean;
  /** Percent of the group that tasks shall use. */
  readonly targetCapacity: number;
  /** Instances that one step adds at least and at most. */
  readonly minStep: number;
  readonly maxStep: number;
  /** Seconds. */
  readonly warmup: number;
}

/** All of a provider that no query looks for. */
export interface GroupProviderDocument {
  /** As it was sent: a name or an ARN. */
  readonly group: string;
  readonly groupName: string;
  readonly scaling: ManagedScaling;
  readonly terminationProtection: boolean;
  readonly draining: boolean;
  readonly updateStatus: ecs.CapacityProviderUpdateStatus;
  readonly updateStatusReason?: string;
  /** By cluster: the scaling policy that was made for it. */
  readonly policies: Readonly<Record<string, string>>;
  /** Whether the group has the hook of managed draining. */
  readonly hooked?: true;
  /** When its measure was last published, epoch ms. */
  readonly measuredAt?: number;
}

/** A capacity provider of an Auto Scaling group; any cluster of the region may use it. */
export interface GroupProvider extends ProviderKey {
  readonly arn: Arn;
  readonly status: ProviderStatus;
  readonly version: number;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: GroupProviderDocument;
}

function providerFrom(row: GroupProviderRow): GroupProvider {
  const key = { account: row.account as AccountId, region: row.region as Region, name: row.name };
  return {
    ...key,
    arn: capacityProviderArn(key, row.name),
    status: row.status,
    version: row.version,
    createdAt: row.created_at,
    document: JSON.parse(row.document) as GroupProviderDocument,
  };
}

/** All providers of a region that are not INACTIVE, by name. */
export async function listGroupProviders(
  rows: Rows,
  { account, region }: Scope,
): Promise<readonly GroupProvider[]> {
  const found = await rows
    .tables<GroupProviderTables>()
    .selectFrom("ecs_group_provider")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("status", "!=", "INACTIVE")
    .orderBy("name")
    .execute();
  return found.map(providerFrom);
}

/** Which of the names are those of group providers: how a cluster keeps what its strategies are of. */
export async function groupProvidersAmong(
  rows: Rows,
  scope: Scope,
  names: readonly string[],
): Promise<{ readonly groupProviders?: readonly string[] }> {
  const all = new Set((await listGroupProviders(rows, scope)).map(({ name }) => name));
  const groupProviders = names.filter((name) => all.has(name));
  return groupProviders.length === 0 ? {} : { groupProviders };
}

/** A provider by its name, INACTIVE ones too, or `undefined`. */
export async function findGroupProvider(rows: Rows, key: ProviderKey): Promise<GroupProvider | undefined> {
  const row = await rows
    .tables<GroupProviderTables>()
    .selectFrom("ecs_group_provider")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .executeTakeFirst();
  return row && providerFrom(row);
}

/** Writes a new provider, in the place of a deleted one of its name. */
export async function insertGroupProvider(
  tx: Tx,
  provider: Omit<GroupProvider, "arn" | "version">,
): Promise<GroupProvider> {
  const row: GroupProviderRow = {
    account: provider.account,
    region: provider.region,
    name: provider.name,
    status: provider.status,
    version: 1,
    created_at: provider.createdAt,
    document: JSON.stringify(provider.document),
  };
  await tx
    .tables<GroupProviderTables>()
    .insertInto("ecs_group_provider")
    .values(row)
    .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet(row))
    .execute();
  return providerFrom(row);
}

/** Writes what has changed of a provider, as its next version. */
export async function changeGroupProvider(
  tx: Tx,
  provider: GroupProvider,
  change: { readonly status?: ProviderStatus; readonly document?: Partial<GroupProviderDocument> },
): Promise<GroupProvider> {
  const changed = {
    ...provider,
    status: change.status ?? provider.status,
    version: provider.version + 1,
    document: { ...provider.document, ...change.document },
  };
  await tx
    .tables<GroupProviderTables>()
    .updateTable("ecs_group_provider")
    .set({ status: changed.status, version: changed.version, document: JSON.stringify(changed.document) })
    .where("account", "=", provider.account)
    .where("region", "=", provider.region)
    .where("name", "=", provider.name)
    .execute();
  return changed;
}

/** A provider as it is answered. */
export function describeGroupProvider(provider: GroupProvider, tags: readonly Tag[]): ecs.CapacityProvider {
  const { document } = provider;
  const { scaling } = document;
  const flag = (on: boolean) => (on ? "ENABLED" : "DISABLED");
  return {
    capacityProviderArn: provider.arn,
    name: provider.name,
    status: provider.status,
    autoScalingGroupProvider: {
      autoScalingGroupArn: document.group,
      managedScaling: {
        status: flag(scaling.enabled),
        targetCapacity: scaling.targetCapacity,
        minimumScalingStepSize: scaling.minStep,
        maximumScalingStepSize: scaling.maxStep,
        instanceWarmupPeriod: scaling.warmup,
      },
      managedTerminationProtection: flag(document.terminationProtection),
      managedDraining: flag(document.draining),
    },
    updateStatus: document.updateStatus,
    ...(document.updateStatusReason !== undefined && { updateStatusReason: document.updateStatusReason }),
    tags: [...tags],
    type: "EC2_AUTOSCALING",
  };
}
