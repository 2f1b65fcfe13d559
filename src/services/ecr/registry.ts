import type { Rows, Tx } from "../../store/types.ts";
import { type AccountSettings, defaultSettings } from "./account-settings.ts";
import type { RegistryScope } from "./ports.ts";
import type { ReplicationConfiguration } from "./replication/rules.ts";
import type { EcrTables, RegistryRow } from "./store.ts";

/** The settings of a registry; what was never set has AWS's default. */
export interface Registry extends RegistryScope {
  readonly policy: string | undefined;
  readonly replication: ReplicationConfiguration;
  readonly settings: AccountSettings;
}

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
    settings: { ...defaultSettings, ...(row && (JSON.parse(row.settings) as Partial<AccountSettings>)) },
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
