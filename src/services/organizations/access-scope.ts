import type { AccountId } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import { organizationOf } from "./organization.ts";
import { findPolicy } from "./policies.ts";
import { serviceControlOf } from "./service-control.ts";
import type { OrganizationsTables } from "./store.ts";
import { attachmentsOf, pathTo } from "./tree.ts";

/** An entity of an organization, as reports on its use see it. */
export interface AccessScope {
  /** The accounts at or beneath the entity, with their paths: `o-…/r-…/ou-…/123456789012`. */
  readonly accounts: readonly { readonly account: AccountId; readonly path: string }[];
  /** Documents of the service control policies, a list per level; `undefined` when none bind the entity. */
  readonly controls: readonly (readonly string[])[] | undefined;
}

/**
 * What a report on an entity is about (IAM API Reference, "GenerateOrganizationsAccessReport"): of the root, a unit or
 * an account by its path. The management account is in a report of its own only, since no policy binds it.
 * @param policyId a service control policy whose services alone are asked about.
 * @returns `undefined` when the account manages no organization, or the path or policy is not of it.
 */
export async function accessScope(
  rows: Rows,
  management: AccountId,
  entityPath: string,
  policyId: string | undefined,
): Promise<AccessScope | undefined> {
  const organization = await organizationOf(rows, management);
  if (organization?.management !== management) return undefined;
  const members = await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_account")
    .select(["account", "parent"])
    .where("organization", "=", organization.id)
    .execute();
  const parents = new Map<string, string>();
  for (const parent of new Set(members.map((member) => member.parent))) {
    const path = await pathTo(rows, organization, parent);
    parents.set(parent, [organization.id, ...path].join("/"));
  }
  const paths = members.map(({ account, parent }) => ({
    account,
    path: `${parents.get(parent) ?? ""}/${account}`,
  }));
  const own = paths.find(({ path }) => path === entityPath);
  if (own === undefined && !(await isParent(rows, organization, entityPath))) return undefined;
  const accounts =
    own === undefined
      ? paths.filter(({ account, path }) => path.startsWith(`${entityPath}/`) && account !== management)
      : [own];
  if (policyId !== undefined) {
    const policy = await findPolicy(rows, organization.id, policyId);
    return policy && { accounts, controls: [[policy.content]] };
  }
  if (own !== undefined) {
    const levels = await serviceControlOf(rows, own.account);
    return { accounts, controls: levels?.map((level) => level.map(({ document }) => document)) };
  }
  return { accounts, controls: await controlsOn(rows, organization, entityPath.split("/").slice(1)) };
}

type Organization = NonNullable<Awaited<ReturnType<typeof organizationOf>>>;

/** Whether the path is that of the root or of a unit. */
async function isParent(rows: Rows, organization: Organization, path: string): Promise<boolean> {
  const id = path.split("/").at(-1) ?? "";
  const unit = await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_unit")
    .select("id")
    .where("organization", "=", organization.id)
    .where("id", "=", id)
    .executeTakeFirst();
  if (unit === undefined && id !== organization.root_id) return false;
  return path === [organization.id, ...(await pathTo(rows, organization, id))].join("/");
}

/** The policies on the root and the units down to an entity. */
async function controlsOn(
  rows: Rows,
  organization: Organization,
  levels: readonly string[],
): Promise<readonly (readonly string[])[] | undefined> {
  if (organization.controls === 0) return undefined;
  const attached = await attachmentsOf(rows, organization.id, levels);
  const controls: string[][] = [];
  for (const level of levels) {
    const found = await Promise.all(
      attached
        .filter(({ target }) => target === level)
        .map(({ policy }) => findPolicy(rows, organization.id, policy)),
    );
    controls.push(found.flatMap((policy) => policy?.content ?? []));
  }
  return controls;
}
