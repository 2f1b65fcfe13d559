import type {
  AttachedPermissionsBoundary,
  PermissionsBoundaryAttachmentType,
  Policy,
} from "@aws-sdk/client-iam";
import { parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows } from "../../store/types.ts";
import { findPolicy } from "./entities.ts";
import type { ManagedPolicyCatalogue, ManagedPolicySummary } from "./managed-policy-catalogue.ts";
import type { PolicyUsage } from "./policy-usage.ts";
import type { EntityKind, IamTables, PolicyRow, PolicyVersionRow } from "./store.ts";
import { wholeSeconds } from "./time.ts";

/** Checks the ARN of a managed policy before anything is looked up. Throws `ValidationError`. */
export function requirePolicyArn(text: string): Arn {
  const parts = /^[\x21-\x7e]+$/.test(text) ? parseArn(text) : undefined;
  if (parts === undefined) throw new Fault("ValidationError", `ARN ${text} is not valid.`, { status: 400 });
  if (parts.partition !== "aws") {
    throw new Fault("ValidationError", "Invalid ARN partition", { status: 400 });
  }
  return text as Arn;
}

/** Whether the ARN is that of an AWS managed policy, there or not. */
export function isAwsManaged(arn: string): boolean {
  return arn.startsWith("arn:aws:iam::aws:");
}

/** Name and path of a managed policy, which its ARN ends with. */
export function policyNameOf(arn: string): { readonly name: string; readonly path: string } {
  const resource = arn.slice(arn.indexOf(":policy/") + ":policy".length);
  const slash = resource.lastIndexOf("/") + 1;
  return { name: resource.slice(slash), path: resource.slice(0, slash) };
}

/** A customer managed policy in the form that lists have in common with AWS managed policies. */
export function summaryOf(row: PolicyRow): ManagedPolicySummary {
  return {
    arn: row.arn,
    name: row.name,
    path: row.path,
    id: row.id,
    defaultVersion: `v${row.default_version}`,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    attachable: true,
  };
}

/** A managed policy, the account's own or AWS's, or `undefined`. */
export async function findAnyPolicy(
  rows: Rows,
  catalogue: ManagedPolicyCatalogue,
  account: AccountId,
  arn: Arn,
): Promise<ManagedPolicySummary | undefined> {
  if (isAwsManaged(arn)) return catalogue.get(arn);
  const row = await findPolicy(rows, account, arn);
  return row === undefined ? undefined : summaryOf(row);
}

/** The customer managed policy. Throws `NoSuchEntity`. */
export async function requirePolicy(rows: Rows, account: AccountId, arn: string): Promise<PolicyRow> {
  const row = await findPolicy(rows, account, arn);
  if (row === undefined) throw policyNotFound(arn);
  return row;
}

export function policyNotFound(arn: string): Fault {
  return new Fault("NoSuchEntity", `Policy ${arn} was not found.`);
}

/** `NoSuchEntity` for a version, or for any version of a policy that is not there. */
export function versionNotFound(arn: string, version: string): Fault {
  return new Fault("NoSuchEntity", `Policy ${arn} version ${version} does not exist or is not attachable.`);
}

/** `v3` as a number, or `undefined` when it is no version of a customer managed policy. */
export function versionNumber(versionId: string): number | undefined {
  return /^v[1-9]\d{0,8}$/.test(versionId) ? Number(versionId.slice(1)) : undefined;
}

/** A version of a customer managed policy. Throws `NoSuchEntity`. */
export async function requireVersion(
  rows: Rows,
  account: AccountId,
  arn: string,
  versionId: string,
): Promise<PolicyVersionRow & { readonly policy: PolicyRow }> {
  const policy = await findPolicy(rows, account, arn);
  const number = versionNumber(versionId);
  if (policy === undefined || number === undefined) throw versionNotFound(arn, versionId);
  const row = await rows
    .tables<IamTables>()
    .selectFrom("iam_policy_version")
    .selectAll()
    .where("policy_id", "=", policy.id)
    .where("version", "=", number)
    .executeTakeFirst();
  if (row === undefined) throw versionNotFound(arn, versionId);
  return { policy, ...row };
}

/**
 * Checks that a policy is the account's own, whether it exists or not.
 * @param what what cannot be done: `delete policies`.
 * @throws AccessDenied for AWS's policies and those of other accounts.
 */
export function requireOwnPolicy(account: AccountId, arn: string, what: string): void {
  if (parseArn(arn)?.account === account) return;
  throw new Fault("AccessDenied", `Cannot ${what} outside your own account.`, { status: 403 });
}

/** Throws `InvalidInput` for AWS managed policies, which have no tags. */
export function requireTaggable(arn: string): void {
  if (isAwsManaged(arn)) throw new Fault("InvalidInput", "Tags not supported for policies in this domain");
}

/** Paths of AWS managed policies that belong to one kind of role or task and to nothing else. */
const reservedPolicyPaths = ["/aws-service-role/", "/root-task/"] as const;

/**
 * Checks that a policy may be attached to a user, group or role, or be the boundary of a user or role.
 * @param missing the fault for a policy that is not there.
 * @throws PolicyNotAttachable for policies that AWS keeps for itself; `missing`.
 */
export async function requireAttachable(
  rows: Rows,
  catalogue: ManagedPolicyCatalogue,
  holder: { readonly account: AccountId; readonly kind: EntityKind },
  arn: Arn,
  missing: Fault = new Fault("NoSuchEntity", `Policy ${arn} does not exist or is not attachable.`),
): Promise<void> {
  const policy = await findAnyPolicy(rows, catalogue, holder.account, arn);
  if (policy === undefined || !policy.attachable) throw missing;
  if (isAwsManaged(arn) && reservedPolicyPaths.some((path) => policy.path.startsWith(path))) {
    throw new Fault(
      "PolicyNotAttachable",
      holder.kind === "role" && policy.path.startsWith("/aws-service-role/")
        ? "Cannot attach a Service Role Policy to a Customer Role."
        : `Cannot attach AWS reserved policy to an IAM ${holder.kind}.`,
    );
  }
}

/**
 * Checks a permissions boundary for a user or role of the account, and returns its ARN.
 * @throws ValidationError, NoSuchEntity, PolicyNotAttachable.
 */
export async function requireBoundary(
  rows: Rows,
  catalogue: ManagedPolicyCatalogue,
  holder: { readonly account: AccountId; readonly kind: "user" | "role" },
  text: string,
): Promise<Arn> {
  const arn = requirePolicyArn(text);
  const missing = new Fault("NoSuchEntity", `Scope ARN: ${arn} does not exist or is not attachable.`);
  await requireAttachable(rows, catalogue, holder, arn, missing);
  return arn;
}

// AWS: the API's model says `PermissionsBoundaryPolicy`; the service answers `Policy`.
const boundaryType: string = "Policy";

/** A permissions boundary as the API shows it on a user or role. */
export function apiBoundary(boundary: Arn | null): AttachedPermissionsBoundary | undefined {
  if (boundary === null) return undefined;
  return {
    PermissionsBoundaryType: boundaryType as PermissionsBoundaryAttachmentType,
    PermissionsBoundaryArn: boundary,
  };
}

/** A managed policy as lists show it; GetPolicy adds description and tags. */
export function apiPolicy(policy: ManagedPolicySummary, usage: PolicyUsage): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: usage.attachments,
    PermissionsBoundaryUsageCount: usage.boundaries,
    IsAttachable: policy.attachable,
    CreateDate: wholeSeconds(policy.createdAt),
    UpdateDate: wholeSeconds(policy.updatedAt),
  };
}

/** The document of a managed policy's default version, or `undefined` when there is no such policy. */
export async function defaultDocument(
  rows: Rows,
  catalogue: ManagedPolicyCatalogue,
  arn: string,
): Promise<string | undefined> {
  if (isAwsManaged(arn)) return catalogue.get(arn)?.document;
  const row = await rows
    .tables<IamTables>()
    .selectFrom("iam_policy as policy")
    .innerJoin("iam_policy_version as version", (join) =>
      join
        .onRef("version.policy_id", "=", "policy.id")
        .onRef("version.version", "=", "policy.default_version"),
    )
    .select("version.document")
    .where("policy.arn", "=", arn as Arn)
    .executeTakeFirst();
  return row?.document;
}
