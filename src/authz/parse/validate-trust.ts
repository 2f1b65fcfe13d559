import { isJsonObject, type Json } from "../../kernel/json.ts";
import { hasDuplicateSids, hasPolicyShape } from "./validate-shape.ts";

/** What a trust policy may allow (IAM User Guide, "Role trust policies"), lower-cased. */
const trustActions = new Set([
  "sts:assumerole",
  "sts:assumerolewithsaml",
  "sts:assumerolewithwebidentity",
  "sts:setcontext",
  "sts:setsourceidentity",
  "sts:tagsession",
]);

/** Faults of a role's trust policy, which AWS words differently from those of identity policies. */
export function trustProblems(value: Json | undefined): string[] {
  if (value === undefined) return ["This policy contains invalid Json"];
  if (!isJsonObject(value)) return ["Syntax errors in policy."];
  const written = value.Statement;
  const statements = (Array.isArray(written) ? written : [written]).filter(isJsonObject);
  if (statements.length === 0) return ["Could not parse the policy: Statement is empty!"];
  const problems = statements.flatMap(statementProblems);
  if (hasDuplicateSids(statements)) problems.push("The Statement Ids in the policy are not unique");
  if (value.Version !== undefined && value.Version !== "2008-10-17" && value.Version !== "2012-10-17")
    problems.push("The policy must contain a valid version string");
  if (!hasPolicyShape(value)) problems.push("Syntax errors in policy.");
  return [...new Set(problems)];
}

function statementProblems(statement: { readonly [key: string]: Json }): string[] {
  const problems: string[] = [];
  const { Effect: effect, Principal: principal } = statement;
  if (effect === undefined) problems.push("Missing required field Effect");
  else if (effect !== "Allow" && effect !== "Deny") problems.push(`Invalid effect: ${String(effect)}`);
  if ("NotPrincipal" in statement)
    problems.push(
      effect === "Allow"
        ? "Allow with NotPrincipal is not allowed."
        : "AssumeRole policy must not contain NotPrincipal field.",
    );
  else if (principal === undefined) problems.push("Missing required field Principal");
  else if (isJsonObject(principal) && Object.keys(principal).length === 0)
    problems.push("Missing required field Principal cannot be empty!");
  const actions = statement.Action ?? statement.NotAction;
  if (actions === undefined || (Array.isArray(actions) && actions.length === 0))
    problems.push("Missing required field Action");
  else if (!(Array.isArray(actions) ? actions : [actions]).every(isTrustAction))
    problems.push("AssumeRole policy may only specify STS AssumeRole actions.");
  if ("Resource" in statement) problems.push("Has prohibited field Resource");
  if ("NotResource" in statement) problems.push("AssumeRole policy must not contain resources.");
  return problems;
}

/** Patterns within `sts:` are let through; names must be of the family. */
function isTrustAction(action: Json): boolean {
  if (typeof action !== "string") return false;
  const name = action.toLowerCase();
  return trustActions.has(name) || (name.startsWith("sts:") && name.includes("*"));
}
