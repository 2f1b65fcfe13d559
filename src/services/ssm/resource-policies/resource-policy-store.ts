import type { Kysely } from "kysely";
import { keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** A resource policy of a parameter. */
export interface ResourcePolicyRow {
  readonly account: string;
  readonly region: string;
  /** The parameter. */
  readonly name: string;
  readonly id: string;
  /** Changes with the policy: whoever changes it says which one. */
  readonly hash: string;
  /** With users and roles by their unique ids. */
  readonly document: string;
}

export interface ResourcePolicyTables {
  ssm_resource_policy: ResourcePolicyRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("ssm_resource_policy")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("hash", text, (c) => c.notNull())
    .addColumn("document", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("ssm_resource_policy_key", ["account", "region", "name", "id"])
    .execute();
}

export const resourcePolicyMigrations: readonly Migration[] = [
  { name: "ssm/003-resource-policies", up: createTables },
];
