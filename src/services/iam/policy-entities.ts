import type { AccountId, Arn } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import type { IamTables } from "./store.ts";

/** A user, group or role that uses a managed policy. */
export interface PolicyEntity {
  readonly kind: "User" | "Group" | "Role";
  readonly id: string;
  readonly name: string;
  readonly path: string;
  /** Orders a list: groups, roles, users, each by name. */
  readonly key: string;
}

/** In what way a policy is used (IAM API Reference, "ListEntitiesForPolicy"); in any way when it is not said. */
export type UsageFilter = "PermissionsPolicy" | "PermissionsBoundary" | undefined;

const kinds = [
  { kind: "Group", table: "iam_group" },
  { kind: "Role", table: "iam_role" },
  { kind: "User", table: "iam_user" },
] as const;

/** Everybody in the account who uses a managed policy, each once, in the order of their keys. */
export async function policyEntities(
  rows: Rows,
  account: AccountId,
  arn: Arn,
  usage: UsageFilter,
): Promise<readonly PolicyEntity[]> {
  const tables = rows.tables<IamTables>();
  const found = new Map<string, PolicyEntity>();
  for (const { kind, table } of kinds) {
    const columns = ["id", "name", "path", "name_key"] as const;
    const attached =
      usage === "PermissionsBoundary"
        ? []
        : await tables
            .selectFrom(table)
            .innerJoin("iam_attachment as attachment", "attachment.entity_id", `${table}.id`)
            .select([`${table}.id`, `${table}.name`, `${table}.path`, `${table}.name_key`])
            .where("attachment.account", "=", account)
            .where("attachment.policy_arn", "=", arn)
            .execute();
    const bounded =
      usage === "PermissionsPolicy" || table === "iam_group"
        ? []
        : await tables
            .selectFrom(table)
            .select(columns)
            .where("account", "=", account)
            .where("boundary", "=", arn)
            .execute();
    for (const { id, name, path, name_key: nameKey } of [...attached, ...bounded]) {
      found.set(id, { kind, id, name, path, key: `${kind} ${nameKey}` });
    }
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
