import type { Rows, Tx } from "../../../store/types.ts";
import type { ParameterKey } from "../parameters/name.ts";
import type { ResourcePolicyRow, ResourcePolicyTables } from "./resource-policy-store.ts";

/** The resource policies of a parameter, in order of their ids. */
export function resourcePoliciesOf(
  rows: Rows,
  { account, region, name }: ParameterKey,
): Promise<ResourcePolicyRow[]> {
  return rows
    .tables<ResourcePolicyTables>()
    .selectFrom("ssm_resource_policy")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("name", "=", name)
    .orderBy("id")
    .execute();
}

/** Writes a policy whole. */
export async function writeResourcePolicy(tx: Tx, row: ResourcePolicyRow): Promise<void> {
  const { hash, document } = row;
  await tx
    .tables<ResourcePolicyTables>()
    .insertInto("ssm_resource_policy")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["account", "region", "name", "id"]).doUpdateSet({ hash, document }),
    )
    .execute();
}

/** Removes one policy of a parameter, or all of them. */
export async function removeResourcePolicies(
  tx: Tx,
  { account, region, name }: ParameterKey,
  id?: string,
): Promise<void> {
  let query = tx
    .tables<ResourcePolicyTables>()
    .deleteFrom("ssm_resource_policy")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("name", "=", name);
  if (id !== undefined) query = query.where("id", "=", id);
  await query.execute();
}
