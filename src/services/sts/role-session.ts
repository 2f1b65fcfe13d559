import type { Credentials } from "@aws-sdk/client-sts";
import type { RoleIdentity } from "../../dispatch/identity.ts";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { RoleSessionPrincipal, Session } from "../../kernel/principal.ts";

/**
 * The account of the role that a call names.
 * @throws ValidationError; texts recorded from AWS in localstack's tests/aws/services/sts/test_sts.snapshot.json.
 */
export function requireRoleArn(roleArn: string): AccountId {
  const parts = parseArn(roleArn);
  if (parts === undefined) throw new Fault("ValidationError", `${roleArn} is invalid`);
  if (parts.service !== "iam" || !parts.resource.startsWith("role/")) {
    throw new Fault("ValidationError", "Request ARN is invalid");
  }
  return parts.account as AccountId;
}

/** A session of a role, as a principal. */
export function roleSession(role: RoleIdentity, sessionName: string, session: Session): RoleSessionPrincipal {
  return {
    type: "AssumedRole",
    account: role.account,
    arn: formatArn("sts", "", role.account, `assumed-role/${role.name}/${sessionName}`),
    roleArn: role.arn,
    roleName: role.name,
    roleId: role.id,
    sessionName,
    // The issuer's to give.
    accessKeyId: "",
    session,
  };
}

/** What every operation that takes a role answers. */
export interface TakenRole {
  readonly Credentials: Credentials;
  readonly AssumedRoleUser: { readonly AssumedRoleId: string; readonly Arn: string };
  readonly PackedPolicySize: number | undefined;
  readonly SourceIdentity: string | undefined;
}
