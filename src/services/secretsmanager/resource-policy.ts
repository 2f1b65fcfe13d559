import { validatePolicy } from "../../authz/parse/validate.ts";
import { keepPrincipals, type PrincipalRegister } from "../../dispatch/policy-principals.ts";
import { Fault } from "../../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../../kernel/json.ts";
import type { Rows } from "../../store/types.ts";

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

/** A policy as it is kept, with users and roles by their unique ids, and what is wrong with it. */
export interface ReadPolicy {
  readonly kept: string;
  readonly problems: readonly PolicyProblem[];
}

/** Reads the policy of a secret and finds everything that is wrong with it. */
export async function readPolicy(
  rows: Rows,
  principals: PrincipalRegister,
  text: string,
): Promise<ReadPolicy> {
  const problems = policyProblems(text);
  if (problems.some(({ CheckName }) => CheckName !== "PUBLIC_ACCESS")) return { kept: text, problems };
  const kept = await keepPrincipals(rows, principals, text);
  if ("document" in kept) return { kept: kept.document, problems };
  // AWS's words, as its callers report them.
  const ErrorMessage = "This resource policy contains an unsupported principal.";
  return { kept: text, problems: [{ CheckName: "UNSUPPORTED_PRINCIPAL", ErrorMessage }, ...problems] };
}

/** What is wrong with a policy by itself. The texts are ours. */
function policyProblems(text: string): readonly PolicyProblem[] {
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
 * A policy that was read and is to be kept, as it is kept.
 * @throws Fault `MalformedPolicyDocumentException`; `PublicPolicyException` for a grant to everybody that is blocked.
 */
export function needGoodPolicy({ kept, problems }: ReadPolicy, blockPublic: boolean): string {
  for (const { CheckName, ErrorMessage } of problems) {
    if (CheckName !== "PUBLIC_ACCESS") throw new Fault("MalformedPolicyDocumentException", ErrorMessage);
    if (blockPublic) throw new Fault("PublicPolicyException", ErrorMessage);
  }
  return kept;
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
