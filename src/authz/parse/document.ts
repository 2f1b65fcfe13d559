import { isJsonObject, parseJson } from "../../kernel/json.ts";
import { PolicySyntaxError } from "./syntax-error.ts";

/** A policy document, read and normalised: single values are lists, types are known. Nothing is compiled yet. */
export interface PolicyDocument {
  readonly version: "2008-10-17" | "2012-10-17";
  readonly id?: string;
  readonly statements: readonly StatementSyntax[];
}

/** One statement as written. `Not…` elements are the same lists with `negated`. */
export interface StatementSyntax {
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  readonly principal?: Listed<PrincipalSyntax>;
  readonly action: Listed<string>;
  readonly resource?: Listed<string>;
  readonly conditions: readonly ConditionSyntax[];
}

/** The values of an element and whether it was the `Not…` form. */
export interface Listed<Value> {
  readonly negated: boolean;
  readonly values: readonly Value[];
}

/** `{"AWS": "123456789012"}` is `{ type: "AWS", value: "123456789012" }`; a bare `"*"` has type `*`. */
export interface PrincipalSyntax {
  readonly type: "AWS" | "Service" | "Federated" | "CanonicalUser" | "*";
  readonly value: string;
}

/** One key of one operator of a `Condition` block. */
export interface ConditionSyntax {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** What customers store is far shorter (see `validate.ts`), but some of AWS's own managed policies pass 131,072. */
const longest = 1_048_576;
/** A document has at most seven levels of its own; anything deeper is not a policy. */
const deepest = 16;

const documentElements = new Set(["Version", "Id", "Statement"]);
const statementElements = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

/**
 * Reads a policy document (IAM User Guide, "Grammar of the IAM JSON policy language"): text, or a value that came
 * out of JSON. Whether a kind of policy wants or forbids an element is not decided here: see `validate.ts`.
 * @throws PolicySyntaxError, never anything else
 */
export function readDocument(source: string | object): PolicyDocument {
  const value = typeof source === "string" ? readText(source) : source;
  if (!isJsonObject(value)) throw new PolicySyntaxError("The policy is not a JSON object.");
  refuseUnknown(value, documentElements, "policy");
  const version = value.Version ?? "2008-10-17";
  if (version !== "2008-10-17" && version !== "2012-10-17")
    throw new PolicySyntaxError("The Version must be 2008-10-17 or 2012-10-17.");
  const statements = value.Statement;
  if (statements === undefined) throw new PolicySyntaxError("The policy has no Statement.");
  return {
    version,
    ...(value.Id === undefined ? {} : { id: text(value.Id, "Id") }),
    statements: (Array.isArray(statements) ? statements : [statements]).map(readStatement),
  };
}

function readText(source: string): unknown {
  if (source.length > longest) throw new PolicySyntaxError("The policy is too long.");
  const value = parseJson(source, deepest);
  if (value === undefined) throw new PolicySyntaxError("The policy is not valid JSON.");
  return value;
}

function readStatement(value: unknown): StatementSyntax {
  if (!isJsonObject(value)) throw new PolicySyntaxError("A statement is not a JSON object.");
  refuseUnknown(value, statementElements, "statement");
  const effect = value.Effect;
  if (effect !== "Allow" && effect !== "Deny")
    throw new PolicySyntaxError("The Effect must be Allow or Deny.");
  const action = either(value, "Action", texts);
  if (action === undefined) throw new PolicySyntaxError("A statement has no Action.");
  const principal = either(value, "Principal", readPrincipals);
  const resource = either(value, "Resource", texts);
  return {
    ...(value.Sid === undefined ? {} : { sid: text(value.Sid, "Sid") }),
    effect,
    ...(principal === undefined ? {} : { principal }),
    action,
    ...(resource === undefined ? {} : { resource }),
    conditions: value.Condition === undefined ? [] : readConditions(value.Condition),
  };
}

/** Reads an element or its `Not…` form; both at once are refused. */
function either<Value>(
  statement: Readonly<Record<string, unknown>>,
  name: string,
  read: (value: unknown, name: string) => readonly Value[],
): Listed<Value> | undefined {
  const [plain, negated] = [statement[name], statement[`Not${name}`]];
  if (plain !== undefined && negated !== undefined)
    throw new PolicySyntaxError(`A statement has both ${name} and Not${name}.`);
  if (plain !== undefined) return { negated: false, values: read(plain, name) };
  if (negated !== undefined) return { negated: true, values: read(negated, `Not${name}`) };
  return undefined;
}

function readPrincipals(value: unknown, name: string): PrincipalSyntax[] {
  if (value === "*") return [{ type: "*", value: "*" }];
  if (!isJsonObject(value)) throw new PolicySyntaxError(`The ${name} is neither "*" nor an object.`);
  return Object.entries(value).flatMap(([type, values]) => {
    if (type !== "AWS" && type !== "Service" && type !== "Federated" && type !== "CanonicalUser")
      throw new PolicySyntaxError(`${type} is not a type of principal.`);
    return texts(values, name).map((principal) => ({ type, value: principal }));
  });
}

function readConditions(value: unknown): ConditionSyntax[] {
  if (!isJsonObject(value)) throw new PolicySyntaxError("The Condition is not an object.");
  return Object.entries(value).flatMap(([operator, keys]) => {
    if (!isJsonObject(keys)) throw new PolicySyntaxError(`The condition ${operator} is not an object.`);
    return Object.entries(keys).map(([key, values]) => ({ operator, key, values: scalars(values, key) }));
  });
}

/** Condition values may be written as JSON strings, numbers or booleans. */
function scalars(value: unknown, key: string): string[] {
  return (Array.isArray(value) ? value : [value]).map((item: unknown) => {
    if (typeof item === "string" || typeof item === "number" || typeof item === "boolean")
      return String(item);
    throw new PolicySyntaxError(`A value of the condition key ${key} is not a string.`);
  });
}

function texts(value: unknown, name: string): string[] {
  return (Array.isArray(value) ? value : [value]).map((item: unknown) => text(item, name));
}

function text(value: unknown, name: string): string {
  if (typeof value !== "string") throw new PolicySyntaxError(`The ${name} is not a string.`);
  return value;
}

function refuseUnknown(value: object, known: ReadonlySet<string>, what: string): void {
  for (const element of Object.keys(value))
    if (!known.has(element)) throw new PolicySyntaxError(`${element} is not an element of a ${what}.`);
}
