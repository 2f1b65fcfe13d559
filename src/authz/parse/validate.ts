import { isJsonObject, type Json, parseJson } from "../../kernel/json.ts";
import { readDocument } from "./document.ts";
import { PolicySyntaxError } from "./syntax-error.ts";
import { actionProblems, conditionValueProblems, resourceProblems } from "./validate-elements.ts";
import { hasDuplicateSids, hasPolicyShape } from "./validate-shape.ts";
import { trustProblems } from "./validate-trust.ts";

/**
 * What a document is to be stored as. `managed` is an identity policy with the rules of CreatePolicy and
 * CreatePolicyVersion, which also want the newer version of the language.
 */
export type PolicyDocumentKind = "identity" | "managed" | "resource" | "trust" | "scp" | "session";

/** IAM takes documents of up to 131,072 characters (IAM API Reference, `policyDocumentType`). */
const longestDocument = 131_072;

/**
 * What AWS would say against storing a document, in the order in which AWS looks, so that the first is the
 * message of the `MalformedPolicyDocument` error. Empty when the document may be stored.
 *
 * The texts are AWS's where they are known (recorded by emulator projects and quoted by users). For `resource`,
 * whose texts differ from service to service, they are ours and the service wraps them in its own.
 */
export function validatePolicy(text: string, kind: PolicyDocumentKind): string[] {
  const value = text.length > longestDocument ? undefined : parseJson(text, 16);
  switch (kind) {
    case "trust":
      return trustProblems(value);
    case "resource":
      return resourcePolicyProblems(text);
    case "scp":
      // Organizations says the same of every fault.
      return identityProblems(value, kind).length === 0
        ? []
        : ["The provided policy document does not meet the requirements of the specified policy type."];
    default:
      return identityProblems(value, kind);
  }
}

function identityProblems(
  value: Json | undefined,
  kind: "identity" | "managed" | "scp" | "session",
): string[] {
  if (!hasPolicyShape(value)) return ["Syntax errors in policy."];
  const { Version: version, Statement: written } = value;
  const statements = (Array.isArray(written) ? written : [written]).filter(isJsonObject);
  const has = (element: string) => statements.some((s) => element in s || `Not${element}` in s);
  const lacks = (element: string) => statements.some((s) => isEmpty(s[element] ?? s[`Not${element}`]));
  const problems: string[] = [];
  if (has("Principal")) problems.push("Policy document should not specify a principal.");
  if (kind === "managed" && version !== "2012-10-17")
    problems.push("Policy document must be version 2012-10-17 or greater.");
  if (statements.some((s) => s.Effect !== "Allow" && s.Effect !== "Deny"))
    problems.push("The policy failed legacy parsing");
  if (kind !== "session") problems.push(...statements.flatMap(conditionValueProblems));
  if (hasDuplicateSids(statements)) problems.push("Statement IDs (SID) in a single policy must be unique.");
  if (lacks("Action")) problems.push("Policy statement must contain actions.");
  if (lacks("Resource")) problems.push("Policy statement must contain resources.");
  problems.push(...statements.flatMap(resourceProblems), ...statements.flatMap(actionProblems));
  return [...new Set(problems)];
}

function resourcePolicyProblems(text: string): string[] {
  try {
    const { statements } = readDocument(text);
    const problems: string[] = [];
    if (statements.length === 0) problems.push("The policy has no Statement.");
    if (statements.some((statement) => (statement.principal?.values.length ?? 0) === 0))
      problems.push("Missing required field Principal");
    if (statements.some((statement) => statement.action.values.length === 0))
      problems.push("Missing required field Action");
    const sids = statements.flatMap((statement) => statement.sid ?? []);
    if (new Set(sids).size !== sids.length) problems.push("The Statement Ids in the policy are not unique");
    if (!hasPolicyShape(parseJson(text, 16))) problems.push("Syntax errors in policy.");
    return problems;
  } catch (error) {
    if (error instanceof PolicySyntaxError) return [error.message];
    throw error;
  }
}

function isEmpty(value: Json | undefined): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}
