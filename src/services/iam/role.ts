import type { Role, RoleLastUsed } from "@aws-sdk/client-iam";
import type { AuthoriseContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import type { LastUse } from "../../dispatch/trail.ts";
import type { Rows, Tx } from "../../store/types.ts";
import type { PolicyHolder } from "./attachments.ts";
import { entityArn, findRole, requireRole } from "./entities.ts";
import { namedResource, nameShown } from "./named-resource.ts";
import { apiBoundary } from "./policies.ts";
import { encodedDocument } from "./policy-document.ts";
import { refuseProtected } from "./protected-role.ts";
import type { IamTables, RoleDocument, RoleRow } from "./store.ts";
import { apiTags } from "./tags.ts";
import { wholeSeconds } from "./time.ts";

/** Sessions of a role last an hour at most unless it says otherwise (CreateRole, `MaxSessionDuration`). */
export const defaultSessionSeconds = 3600;

/** The part of a role that is kept as JSON. */
export function roleDocument(row: RoleRow): RoleDocument {
  return JSON.parse(row.document) as RoleDocument;
}

/** Writes the JSON part of a role. */
export async function saveRole(tx: Tx, row: RoleRow, document: RoleDocument): Promise<void> {
  await tx
    .tables<IamTables>()
    .updateTable("iam_role")
    .set({ document: JSON.stringify(document) })
    .where("id", "=", row.id)
    .execute();
}

/** The role, if it is there and the customer's to change. Throws `NoSuchEntity`, `UnmodifiableEntity`. */
export async function requireOwnRole(
  rows: Rows,
  account: RoleRow["account"],
  name: string,
): Promise<RoleRow> {
  const role = await requireRole(rows, account, name);
  refuseProtected(role);
  return role;
}

/** The role as somebody who has policies. */
export function roleHolder(row: RoleRow): PolicyHolder & { readonly name: string } {
  return { account: row.account, kind: "role", id: row.id, name: row.name };
}

/**
 * What every answer shows of a role. AWS: which of the rest appears differs from operation to operation (recorded on
 * 2026-09-11), hence the variants below.
 */
export function apiRole(row: RoleRow, trustPolicy = roleDocument(row).trustPolicy): Role {
  return {
    Path: row.path,
    RoleName: row.name,
    RoleId: row.id,
    Arn: row.arn,
    CreateDate: wholeSeconds(row.created_at),
    AssumeRolePolicyDocument: encodedDocument(trustPolicy),
  };
}

/** As UpdateRoleDescription answers it. */
export function apiRoleWithDescription(row: RoleRow, document = roleDocument(row)): Role {
  const role = apiRole(row, document.trustPolicy);
  if (document.description !== undefined) role.Description = document.description;
  return role;
}

/** As ListRoles answers it: without boundary, tags and last use. */
export function apiListedRole(row: RoleRow): Role {
  const document = roleDocument(row);
  // Set one by one, not spread: a list has a thousand roles.
  const role = apiRoleWithDescription(row, document);
  role.MaxSessionDuration = document.maxSessionDuration;
  return role;
}

/** Boundary and tags, where there are any. */
export function apiBoundaryAndTags(row: RoleRow): Pick<Role, "PermissionsBoundary" | "Tags"> {
  const { tags } = roleDocument(row);
  const boundary = apiBoundary(row.boundary);
  return {
    ...(boundary === undefined ? {} : { PermissionsBoundary: boundary }),
    ...(tags.length === 0 ? {} : { Tags: apiTags(tags) }),
  };
}

/** When a role last acted: an empty object when it never did in the tracked 400 days. */
export async function roleLastUsed(rows: Rows, lastUse: LastUse, row: RoleRow): Promise<RoleLastUsed> {
  const used = await lastUse.role(rows, row.id);
  return used === undefined ? {} : { LastUsedDate: wholeSeconds(used.at), Region: used.region };
}

/** Names a role's ARN for an authorisation. The role is looked up for its path. */
export const onRole =
  (action: string) =>
  async (input: { readonly RoleName: string }, ctx: AuthoriseContext): Promise<readonly Authorisation[]> => [
    { action, ...(await namedResource(ctx.rows, ctx.account, "role", input.RoleName)) },
  ];

/** As `onRole`, for the actions whose policies may ask for the role's present boundary, with further context keys. */
export const onBoundedRole =
  <Input extends { readonly RoleName: string }>(
    action: string,
    more: (input: Input) => Authorisation["context"] = () => ({}),
  ) =>
  async (input: Input, ctx: AuthoriseContext): Promise<readonly Authorisation[]> => {
    const role = await findRole(ctx.rows, ctx.account, input.RoleName);
    return [
      {
        action,
        resource: role?.arn ?? entityArn(ctx.account, "role", "/", input.RoleName),
        shown: nameShown("role", input.RoleName),
        context: { "iam:PermissionsBoundary": role?.boundary ?? undefined, ...more(input) },
      },
    ];
  };
