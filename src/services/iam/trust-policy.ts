import { validatePolicy } from "../../authz/parse/validate.ts";
import { isAccountId } from "../../kernel/account.ts";
import { parseArn, rootArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../../kernel/json.ts";
import type { Rows } from "../../store/types.ts";
import { policySize } from "./policy-document.ts";
import { quotaExceeded, quotas } from "./quotas.ts";
import type { IamTables } from "./store.ts";

/**
 * Checks a trust policy and brings it into the form in which IAM keeps and answers it.
 * @throws MalformedPolicyDocument, also for a user or role that is not there; LimitExceeded.
 */
export async function requireTrustPolicy(rows: Rows, text: string): Promise<string> {
  const [problem] = validatePolicy(text, "trust");
  if (problem !== undefined) throw new Fault("MalformedPolicyDocument", problem);
  const kept = keptTrustPolicy(text);
  if (policySize(kept) > quotas.AssumeRolePolicySize) {
    throw quotaExceeded("ACLSizePerRole", quotas.AssumeRolePolicySize);
  }
  for (const arn of entitiesTrusted(kept)) {
    if (!(await exists(rows, arn))) {
      throw new Fault("MalformedPolicyDocument", `Invalid principal in policy: "AWS":"${arn}"`);
    }
  }
  return kept;
}

/** The order in which IAM answers the elements of a trust policy's statements. */
const elements = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"];

/**
 * The form that IAM keeps. AWS: what GetRole answers differs from what CreateRole was given: statements are a list,
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

/** ARNs of the users and roles that a trust policy names; accounts, sessions and unique ids are not looked up. */
function entitiesTrusted(kept: string): readonly string[] {
  const policy = parseJson(kept);
  const statements = isJsonObject(policy) ? policy.Statement : undefined;
  if (!Array.isArray(statements)) return [];
  return statements.flatMap((statement: Json) => {
    const principal = isJsonObject(statement) ? statement.Principal : undefined;
    const named = isJsonObject(principal) ? principal.AWS : undefined;
    const values: readonly (Json | undefined)[] = Array.isArray(named) ? named : [named];
    return values.filter(
      (value): value is string => typeof value === "string" && /:(user|role)\//.test(value),
    );
  });
}

async function exists(rows: Rows, arn: string): Promise<boolean> {
  const parts = parseArn(arn);
  if (parts?.service !== "iam") return true;
  const row = await rows
    .tables<IamTables>()
    .selectFrom(parts.resource.startsWith("user/") ? "iam_user" : "iam_role")
    .select("id")
    .where("arn", "=", arn as IamTables["iam_role"]["arn"])
    .executeTakeFirst();
  return row !== undefined;
}
