import type { OrganizationalUnit } from "@aws-sdk/client-organizations";
import type { AccountId } from "../../kernel/brand.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { type InOrganization, resourceArn } from "./arn.ts";
import { notFound } from "./faults.ts";
import { kindOf } from "./ids.ts";
import type { AttachmentRow, OrganizationRow, OrganizationsTables, UnitRow } from "./store.ts";

/** The unit of that id, or `undefined`. */
export async function findUnit(rows: Rows, organization: string, id: string): Promise<UnitRow | undefined> {
  return await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_unit")
    .selectAll()
    .where("organization", "=", organization)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** The unit of that id. Throws `OrganizationalUnitNotFoundException`. */
export async function requireUnit(rows: Rows, organization: string, id: string): Promise<UnitRow> {
  const unit = await findUnit(rows, organization, id);
  if (unit === undefined) throw notFound("OrganizationalUnit");
  return unit;
}

/** Makes sure that the id names the root or a unit. Throws `<what>NotFoundException`. */
export async function requireParent(
  rows: Rows,
  organization: OrganizationRow,
  id: string,
  what: "Parent" | "SourceParent" | "DestinationParent" = "Parent",
): Promise<void> {
  if (id === organization.root_id) return;
  if ((await findUnit(rows, organization.id, id)) === undefined) throw notFound(what);
}

/** Makes sure that the id names the root, a unit or an account. Throws `TargetNotFoundException`. */
export async function requireTarget(rows: Rows, organization: OrganizationRow, id: string): Promise<void> {
  if (kindOf(id) !== "account") {
    if (id === organization.root_id) return;
    if ((await findUnit(rows, organization.id, id)) !== undefined) return;
  } else {
    const member = await rows
      .tables<OrganizationsTables>()
      .selectFrom("organizations_account")
      .select("account")
      .where("organization", "=", organization.id)
      .where("account", "=", id as AccountId)
      .executeTakeFirst();
    if (member !== undefined) return;
  }
  throw notFound("Target");
}

/**
 * From the root down to `id`, a unit or the root: the root, the units between, and `id` itself.
 * INVARIANT: units are made beneath what is there and never moved, so the way up ends at the root.
 */
export async function pathTo(
  rows: Rows,
  organization: OrganizationRow,
  id: string,
): Promise<readonly string[]> {
  const path = [id];
  for (let at = id; at !== organization.root_id; ) {
    const unit = await findUnit(rows, organization.id, at);
    if (unit === undefined) throw new Error(`${at} of ${organization.id} hangs on nothing`);
    at = unit.parent;
    path.unshift(at);
  }
  return path;
}

/**
 * Makes what is cached of every account at or beneath a root, a unit or an account stale: the policies that bind it
 * change with the transaction.
 */
export async function bumpBeneath(tx: Tx, organization: OrganizationRow, target: string): Promise<void> {
  if (kindOf(target) === "account") return tx.bumpEpoch(target as AccountId);
  const tables = tx.tables<OrganizationsTables>();
  const units = await tables
    .selectFrom("organizations_unit")
    .select(["id", "parent"])
    .where("organization", "=", organization.id)
    .execute();
  const beneath = new Set([target]);
  // Every round goes one level down; there are few.
  for (let before = 0; before < beneath.size; ) {
    before = beneath.size;
    for (const { id, parent } of units) if (beneath.has(parent)) beneath.add(id);
  }
  const members = await tables
    .selectFrom("organizations_account")
    .select(["account", "parent"])
    .where("organization", "=", organization.id)
    .orderBy("account")
    .execute();
  for (const { account, parent } of members) if (beneath.has(parent)) await tx.bumpEpoch(account);
}

/** What is attached to any of the targets. */
export async function attachmentsOf(
  rows: Rows,
  organization: string,
  targets: readonly string[],
): Promise<readonly AttachmentRow[]> {
  return await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_attachment")
    .selectAll()
    .where("organization", "=", organization)
    .where("target", "in", [...targets])
    .orderBy("policy")
    .execute();
}

/** As the API answers it. */
export function apiUnit(organization: InOrganization, unit: UnitRow): OrganizationalUnit {
  return { Id: unit.id, Arn: resourceArn(organization, unit.id), Name: unit.name };
}
