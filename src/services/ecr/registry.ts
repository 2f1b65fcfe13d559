import type { Rows, Tx } from "../../store/types.ts";
import type { RegistryScope } from "./ports.ts";
import type { ReplicationConfiguration } from "./replication-rules.ts";
import type { EcrTables, RegistryRow } from "./store.ts";

/** The settings of a registry; what was never set has AWS's default. */
export interface Registry extends RegistryScope {
  readonly policy: string | undefined;
  readonly replication: ReplicationConfiguration;
  readonly settings: AccountSettings;
}

/** The account settings that have an effect here (API Reference, "PutAccountSetting"). */
export interface AccountSettings {
  /** V2: the registry policy governs every ECR action; V1: only those of replication and pull through cache. */
  readonly REGISTRY_POLICY_SCOPE: "V1" | "V2";
  /** Whether a push may link a layer of another repository instead of sending it. */
  readonly BLOB_MOUNTING: "ENABLED" | "DISABLED";
}

const defaults: AccountSettings = { REGISTRY_POLICY_SCOPE: "V2", BLOB_MOUNTING: "DISABLED" };

/** A registry's settings. Every registry exists. */
export async function findRegistry(rows: Rows, scope: RegistryScope): Promise<Registry> {
  const row = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_registry")
    .selectAll()
    .where("account", "=", scope.account)
    .where("region", "=", scope.region)
    .executeTakeFirst();
  return {
    account: scope.account,
    region: scope.region,
    policy: row?.policy ?? undefined,
    replication: row?.replication ? (JSON.parse(row.replication) as ReplicationConfiguration) : { rules: [] },
    settings: { ...defaults, ...(row && (JSON.parse(row.settings) as Partial<AccountSettings>)) },
  };
}

/** Sets columns of a registry, making its row when it has none. */
export async function updateRegistry(
  tx: Tx,
  scope: RegistryScope,
  columns: Partial<Pick<RegistryRow, "policy" | "replication" | "settings">>,
): Promise<void> {
  await tx
    .tables<EcrTables>()
    .insertInto("ecr_registry")
    .values({
      account: scope.account,
      region: scope.region,
      policy: null,
      replication: null,
      settings: "{}",
      ...columns,
    })
    .onConflict((conflict) => conflict.columns(["account", "region"]).doUpdateSet(columns))
    .execute();
}
