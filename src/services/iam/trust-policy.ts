import { validatePolicy } from "../../authz/parse/validate.ts";
import { keepPrincipals, mayNameIds, showPrincipals } from "../../dispatch/policy-principals.ts";
import { isAccountId } from "../../kernel/account.ts";
import { rootArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../../kernel/json.ts";
import type { Rows } from "../../store/types.ts";
import { policySize } from "./policy-document.ts";
import { principalRegister } from "./principal-register.ts";
import { quotaExceeded, quotas } from "./quotas.ts";
import type { RoleDocument, RoleRow } from "./store.ts";

/**
 * Checks a trust policy and brings it into the form in which IAM keeps it, with users and roles by their unique ids.
 * @throws MalformedPolicyDocument, also for a user or role that is not there; LimitExceeded.
 */
export async function requireTrustPolicy(rows: Rows, text: string): Promise<string> {
  const [problem] = validatePolicy(text, "trust");
  if (problem !== undefined) throw new Fault("MalformedPolicyDocument", problem);
  const kept = keptTrustPolicy(text);
  if (policySize(kept) > quotas.AssumeRolePolicySize) {
    throw quotaExceeded("ACLSizePerRole", quotas.AssumeRolePolicySize);
  }
  const named = await keepPrincipals(rows, principalRegister, kept);
  if ("invalid" in named) {
    throw new Fault("MalformedPolicyDocument", `Invalid principal in policy: "AWS":"${named.invalid}"`);
  }
  return named.document;
}

/** The order in which IAM answers the elements of a trust policy's statements. */
const elements = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"];

/**
 * The form that IAM keeps, but for unique ids. AWS: what GetRole answers differs from what CreateRole was given: statements are a list,
 * their elements in one order, lists of one value are that value, and an account's number is its root's ARN.
 */
export function keptTrustPolicy(text: string): string {
  const policy = parseJson(text);
  if (!isJsonObject(policy)) return text;
  const statement = policy.Statement;
  const statements = Array.isArray(statement) ? statement : [statement];
  return JSON.stringify({
    Version: policy.Version,
    Id: policy.Id,
    Statement: statements.map((each) => (isJsonObject(each) ? keptStatement(each) : each)),
  });
}

function keptStatement(statement: { readonly [key: string]: Json }): Json {
  const kept: Record<string, Json> = {};
  for (const element of elements) {
    const value = statement[element];
    if (value === undefined) continue;
    kept[element] = element.endsWith("Principal") ? keptPrincipal(value) : single(value);
  }
  return kept;
}

function keptPrincipal(principal: Json): Json {
  if (!isJsonObject(principal)) return principal;
  return Object.fromEntries(
    Object.entries(principal).map(([type, value]) => {
      const values = (Array.isArray(value) ? value : [value]).map((one) =>
        type === "AWS" && typeof one === "string" && isAccountId(one) ? rootArn(one) : one,
      );
      return [type, single(values)];
    }),
  );
}

function single(value: Json): Json {
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}

/**
 * Roles with their trust policies as answers show them: users and roles by their ARNs, those that are gone by their ids.
 * One look-up for all the roles, and none when no trust policy names a user or role.
 */
export async function withShownTrust(rows: Rows, roles: readonly RoleRow[]): Promise<readonly RoleRow[]> {
  if (!roles.some(({ document }) => mayNameIds(document))) return roles;
  const documents = roles.map(({ document }) => JSON.parse(document) as RoleDocument);
  const shown = await showPrincipals(
    rows,
    principalRegister,
    documents.map(({ trustPolicy }) => trustPolicy),
  );
  return roles.map((role, at) => {
    const [document, trustPolicy] = [documents[at], shown[at]];
    return document === undefined || trustPolicy === undefined || trustPolicy === document.trustPolicy
      ? role
      : { ...role, document: JSON.stringify({ ...document, trustPolicy }) };
  });
}

/** One role with its trust policy as answers show it. */
export async function shownTrust(rows: Rows, role: RoleRow): Promise<RoleRow> {
  const [shown = role] = await withShownTrust(rows, [role]);
  return shown;
}
