import { validatePolicy } from "../../../authz/parse/validate.ts";
import {
  keepPrincipals,
  type PrincipalRegister,
  showPrincipals,
} from "../../../dispatch/policy-principals.ts";
import type { Fault } from "../../../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../../../kernel/json.ts";
import type { Rows } from "../../../store/types.ts";
import { invalidParameter } from "../faults.ts";

/**
 * Reads a policy of a repository or registry and gives the text that ECR answers from then on.
 * AWS: two spaces of indentation, `"key" : value`, and a list of one action as that action alone (captured).
 * @throws Fault `InvalidParameterException`.
 */
export function readPolicyText(text: string, kind: "repository" | "registry"): string {
  const policy = parseJson(text);
  if (!isJsonObject(policy) || validatePolicy(text, "resource").length > 0 || !fits(policy, kind)) {
    throw invalidPolicy(kind);
  }
  const Statement = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement ?? null];
  return printed({ ...policy, Statement: Statement.map(withSingleActions) });
}

/**
 * Reads a policy and gives it as it is kept: as it is answered, but with users and roles by their unique ids.
 * @throws Fault `InvalidParameterException`, also when the policy names a user or role that is not there.
 */
export async function keptPolicyText(
  rows: Rows,
  principals: PrincipalRegister,
  text: string,
  kind: "repository" | "registry",
): Promise<string> {
  const kept = await keepPrincipals(rows, principals, readPolicyText(text, kind));
  // ECR's words for a principal that is not there are those for any fault of a policy.
  if ("invalid" in kept) throw invalidPolicy(kind);
  return kept.document;
}

/** A kept policy as ECR answers it: users and roles by their ARNs, those that are gone by their ids. */
export async function shownPolicyText(
  rows: Rows,
  principals: PrincipalRegister,
  policy: string,
): Promise<string> {
  const [shown = policy] = await showPrincipals(rows, principals, [policy]);
  return shown;
}

function invalidPolicy(kind: "repository" | "registry"): Fault {
  return invalidParameter("PolicyText", `Invalid ${kind} policy provided`);
}

/** A repository's policy speaks of that repository alone; the registry's must say of which. */
function fits(policy: { readonly [key: string]: Json }, kind: "repository" | "registry"): boolean {
  const statements = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement ?? null];
  const named = (statement: Json) =>
    isJsonObject(statement) && ("Resource" in statement || "NotResource" in statement);
  return kind === "repository" ? !statements.some(named) : statements.every(named);
}

function withSingleActions(statement: Json): Json {
  if (!isJsonObject(statement)) return statement;
  const entries = Object.entries(statement).map(([key, value]): [string, Json] => {
    const single = (key === "Action" || key === "NotAction") && Array.isArray(value) && value.length === 1;
    return [key, single ? (value[0] ?? null) : value];
  });
  return Object.fromEntries(entries);
}

/** JSON as Jackson's default pretty printer writes it: objects on lines of their own, lists on one. */
export function printed(value: Json, indent = ""): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? "[ ]" : `[ ${value.map((item) => printed(item, indent)).join(", ")} ]`;
  }
  if (!isJsonObject(value)) return JSON.stringify(value);
  const inner = `${indent}  `;
  const members = Object.entries(value).map(
    ([key, member]) => `${inner}${JSON.stringify(key)} : ${printed(member, inner)}`,
  );
  return members.length === 0 ? "{ }" : `{\n${members.join(",\n")}\n${indent}}`;
}
