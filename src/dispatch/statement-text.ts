import type { NamedPolicy, PolicySet, StatementMatch } from "../authz/types.ts";
import { isJsonObject, type Json, parseJson } from "../kernel/json.ts";

/** Characters of a statement that are shown. */
const longest = 2_000;

/** Keys whose values two parties share to know each other by: whoever reads decisions is neither. */
const secretKeys: ReadonlySet<string> = new Set(["sts:externalid"]);

/** What is shown for the value of a secret key. */
export const notShown = "(not shown)";

/** Whether the value of a condition key, lower-cased, is kept from those who read decisions. */
export function isSecretKey(key: string): boolean {
  return secretKeys.has(key);
}

/** A statement that took part in a decision, as its policy says it; `undefined` where the policy's text is not at hand. */
export function writtenStatement(match: StatementMatch, policies: PolicySet): Json | undefined {
  const policy = policiesOf(match, policies).find(({ name }) => name === match.policy);
  const document = policy?.text === undefined ? undefined : parseJson(policy.text);
  const written = isJsonObject(document) ? document.Statement : undefined;
  return Array.isArray(written) ? written[match.index] : written;
}

/** Such a statement as compact JSON, cut off with `…` when it is long, without the values of secret keys. */
export function statementText(match: StatementMatch, policies: PolicySet): string | undefined {
  const statement = writtenStatement(match, policies);
  if (statement === undefined) return undefined;
  const text = JSON.stringify(withoutSecrets(statement));
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function policiesOf({ kind }: StatementMatch, policies: PolicySet): readonly NamedPolicy[] {
  switch (kind) {
    case "identity-based policy":
      return policies.identity;
    case "resource-based policy":
    case "trust policy":
      return policies.resource;
    case "permissions boundary":
      return policies.boundary === undefined ? [] : [policies.boundary];
    case "session policy":
      return policies.session ?? [];
    case "service control policy":
      return policies.serviceControl?.flat() ?? [];
  }
}

/** The statement, with what its conditions hold against secret keys left out. */
function withoutSecrets(statement: Json): Json {
  if (!isJsonObject(statement) || !isJsonObject(statement.Condition)) return statement;
  const Condition = mapValues(statement.Condition, (operator) =>
    isJsonObject(operator)
      ? mapValues(operator, (value, key) => (isSecretKey(key.toLowerCase()) ? notShown : value))
      : operator,
  );
  return { ...statement, Condition };
}

function mapValues(
  object: { readonly [key: string]: Json },
  other: (value: Json, key: string) => Json,
): { readonly [key: string]: Json } {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, other(value, key)]));
}
