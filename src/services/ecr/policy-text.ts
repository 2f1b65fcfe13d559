import { validatePolicy } from "../../authz/parse/validate.ts";
import { isJsonObject, type Json, parseJson } from "../../kernel/json.ts";
import { invalidParameter } from "./faults.ts";

/**
 * Reads a policy of a repository or registry and gives the text that ECR answers from then on.
 * AWS: two spaces of indentation, `"key" : value`, and a list of one action as that action alone (captured).
 * @throws Fault `InvalidParameterException`.
 */
export function readPolicyText(text: string, kind: "repository" | "registry"): string {
  const policy = parseJson(text);
  if (!isJsonObject(policy) || validatePolicy(text, "resource").length > 0 || !fits(policy, kind)) {
    throw invalidParameter("PolicyText", `Invalid ${kind} policy provided`);
  }
  const Statement = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement ?? null];
  return printed({ ...policy, Statement: Statement.map(withSingleActions) });
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
