import type { PolicyTargetSummary } from "@aws-sdk/client-organizations";
import type { Rows, Tx } from "../../store/types.ts";
import { resourceArn } from "./arn.ts";
import { kindOf } from "./ids.ts";
import type { OrganizationRow, OrganizationsTables } from "./store.ts";
import { bumpBeneath } from "./tree.ts";

/** The ids of what a policy is on, in their order. */
export async function targetsOf(
  rows: Rows,
  organization: string,
  policy: string,
): Promise<readonly string[]> {
  const found = await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_attachment")
    .select("target")
    .where("organization", "=", organization)
    .where("policy", "=", policy)
    .orderBy("target")
    .execute();
  return found.map(({ target }) => target);
}

/** Makes what is cached of every account that a policy binds stale. */
export async function bumpTargets(tx: Tx, organization: OrganizationRow, policy: string): Promise<void> {
  for (const target of await targetsOf(tx, organization.id, policy)) {
    await bumpBeneath(tx, organization, target);
  }
}

/** As ListTargetsForPolicy answers them. */
export async function apiTargets(
  rows: Rows,
  organization: OrganizationRow,
  targets: readonly string[],
): Promise<PolicyTargetSummary[]> {
  const tables = rows.tables<OrganizationsTables>();
  const names = new Map<string, string>([[organization.root_id, "Root"]]);
  if (targets.length > 0) {
    const units = await tables
      .selectFrom("organizations_unit")
      .select(["id", "name"])
      .where("organization", "=", organization.id)
      .where("id", "in", [...targets])
      .execute();
    const members = await tables
      .selectFrom("organizations_account")
      .select(["account", "name"])
      .where("organization", "=", organization.id)
      .execute();
    for (const { id, name } of units) names.set(id, name);
    for (const { account, name } of members) names.set(account, name);
  }
  const types = { root: "ROOT", unit: "ORGANIZATIONAL_UNIT" } as const;
  return targets.map((id) => {
    const kind = kindOf(id);
    return {
      TargetId: id,
      Arn: resourceArn(organization, id),
      Name: names.get(id),
      Type: kind === "root" || kind === "unit" ? types[kind] : "ACCOUNT",
    };
  });
}
