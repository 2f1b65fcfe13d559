import { validatePolicy } from "../../authz/parse/validate.ts";
import { Fault } from "../../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../../kernel/json.ts";

/** What is wrong with a resource policy, as ValidateResourcePolicy tells it. */
export interface PolicyProblem {
  readonly CheckName: string;
  readonly ErrorMessage: string;
}

/** Condition keys that say who may use a grant to everybody, so that it is none ("BlockPublicPolicy", API Reference). */
const narrowing: ReadonlySet<string> = new Set(
  [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:userid",
  ].map((key) => key.toLowerCase()),
);

/** Everything that is wrong with the policy of a secret. The texts are ours. */
export function policyProblems(text: string): readonly PolicyProblem[] {
  const policy = parseJson(text);
  if (!isJsonObject(policy)) {
    return [{ CheckName: "JSON_SYNTAX", ErrorMessage: "This resource policy contains a JSON syntax error." }];
  }
  const wrong = validatePolicy(text, "resource");
  if (wrong.length > 0) {
    return wrong.map((ErrorMessage) => ({ CheckName: "POLICY_GRAMMAR", ErrorMessage }));
  }
  if (!isPublic(policy)) return [];
  return [{ CheckName: "PUBLIC_ACCESS", ErrorMessage: "This resource policy grants access to everybody." }];
}

/**
 * Checks a policy that is to be kept.
 * @throws Fault `MalformedPolicyDocumentException`; `PublicPolicyException` for a grant to everybody that is blocked.
 */
export function checkPolicy(text: string, blockPublic: boolean): void {
  for (const { CheckName, ErrorMessage } of policyProblems(text)) {
    if (CheckName !== "PUBLIC_ACCESS") throw new Fault("MalformedPolicyDocumentException", ErrorMessage);
    if (blockPublic) throw new Fault("PublicPolicyException", ErrorMessage);
  }
}

/** Whether a statement allows everybody something, and no condition says who. */
function isPublic(policy: { readonly [key: string]: Json }): boolean {
  const statements = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement ?? null];
  return statements.some(
    (statement) =>
      isJsonObject(statement) &&
      statement.Effect === "Allow" &&
      (namesEverybody(statement.Principal) || "NotPrincipal" in statement) &&
      !isNarrowed(statement.Condition),
  );
}

function namesEverybody(principal: Json | undefined): boolean {
  if (principal === "*") return true;
  if (!isJsonObject(principal)) return false;
  const named = Array.isArray(principal.AWS) ? principal.AWS : [principal.AWS];
  return named.includes("*");
}

function isNarrowed(condition: Json | undefined): boolean {
  if (!isJsonObject(condition)) return false;
  return Object.values(condition).some(
    (keys) => isJsonObject(keys) && Object.keys(keys).some((key) => narrowing.has(key.toLowerCase())),
  );
}
