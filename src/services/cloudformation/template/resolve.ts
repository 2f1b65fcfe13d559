import { validationError } from "../faults.ts";
import { subnetBlocks } from "./cidr.ts";
import { NotYetKnown, type TemplateScope } from "./scope.ts";
import { isMap, splitAttribute, type TemplateValue } from "./template.ts";

/** What `Ref: AWS::NoValue` gives: the property, or the item of a list, is not there. */
const noValue = Symbol("AWS::NoValue");
type Resolved = TemplateValue | typeof noValue;

type TemplateFunction = (argument: TemplateValue, scope: TemplateScope) => Resolved;

/**
 * A value with every function replaced by what it gives (CloudFormation User Guide, "Intrinsic function reference").
 * Faults: `ValidationError`. @throws NotYetKnown when a resource is asked for something that is not there yet.
 */
export function resolve(value: TemplateValue, scope: TemplateScope): TemplateValue {
  const resolved = resolveAny(value, scope);
  return resolved === noValue ? null : resolved;
}

/** The properties of a resource, resolved. */
export function resolveProperties(
  properties: { readonly [key: string]: TemplateValue },
  scope: TemplateScope,
): Readonly<Record<string, TemplateValue>> {
  const resolved = resolveAny(properties, scope);
  if (!isMap(resolved as TemplateValue)) throw validationError("Properties must be an object");
  return resolved as Readonly<Record<string, TemplateValue>>;
}

function resolveAny(value: TemplateValue, scope: TemplateScope): Resolved {
  if (Array.isArray(value)) {
    return value.map((item) => resolveAny(item, scope)).filter((item) => item !== noValue);
  }
  if (!isMap(value)) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (first !== undefined && entries.length === 1) {
    const [name, argument] = first;
    const known = functions.get(name);
    if (known !== undefined) return known(argument, scope);
    if (name.startsWith("Fn::")) throw validationError(`Template error: ${name} is not supported`);
  }
  return Object.fromEntries(
    entries.flatMap(([key, item]) => {
      const resolved = resolveAny(item, scope);
      return resolved === noValue ? [] : [[key, resolved]];
    }),
  );
}

/** Resolved, where a text is wanted. */
function text(value: TemplateValue, scope: TemplateScope, of: string): string {
  const resolved = resolve(value, scope);
  if (typeof resolved === "string") return resolved;
  if (typeof resolved === "number" || typeof resolved === "boolean") return String(resolved);
  throw validationError(`Template error: every ${of} object must have string values`);
}

function list(value: TemplateValue, scope: TemplateScope, of: string): readonly TemplateValue[] {
  const resolved = resolve(value, scope);
  if (Array.isArray(resolved)) return resolved;
  throw validationError(`Template error: ${of} requires a list argument`);
}

/** The arguments of a function that takes a list of them. */
function many(argument: TemplateValue, least: number, of: string): readonly TemplateValue[] {
  if (Array.isArray(argument) && argument.length >= least) return argument;
  throw validationError(`Template error: ${of} needs a list of at least ${least} arguments`);
}

const pseudoNone = "AWS::NoValue";

function reference(name: TemplateValue, scope: TemplateScope): Resolved {
  if (typeof name !== "string")
    throw validationError("Template error: every Ref object must have a single String value.");
  if (name === pseudoNone) return noValue;
  const parameter = scope.parameter(name);
  if (parameter !== undefined) return parameter;
  if (!scope.isResource(name)) {
    throw validationError(
      `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
    );
  }
  const physical = scope.reference(name);
  if (physical === undefined) throw new NotYetKnown(name);
  return physical;
}

function attribute(argument: TemplateValue, scope: TemplateScope): Resolved {
  const [id, name] =
    typeof argument === "string" ? splitAttribute(argument) : many(argument, 2, "Fn::GetAtt");
  const attributeName = text(name ?? "", scope, "Fn::GetAtt");
  if (typeof id !== "string" || !scope.isResource(id)) {
    throw validationError(
      `Template error: instance of Fn::GetAtt references undefined resource ${String(id)}`,
    );
  }
  const found = scope.attribute(id, attributeName);
  if (found === undefined) throw new NotYetKnown(`${id}.${attributeName}`);
  return found;
}

/** `${Name}`, `${Resource.Attribute}`, `${!Literal}`. */
function substitute(argument: TemplateValue, scope: TemplateScope): string {
  const [template, variables] = Array.isArray(argument)
    ? (argument as readonly TemplateValue[])
    : [argument, {}];
  if (typeof template !== "string" || !isMap(variables ?? {})) {
    throw validationError(
      "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
    );
  }
  const own = (variables ?? {}) as { readonly [key: string]: TemplateValue };
  return template.replace(/\$\{(!?)\s*([^}\s]*)\s*\}/g, (_all, literal: string, name: string) => {
    if (literal !== "") return `\${${name}}`;
    const given = Object.hasOwn(own, name) ? own[name] : undefined;
    if (given !== undefined) return text(given, scope, "Fn::Sub");
    const value =
      name.includes(".") && scope.parameter(name) === undefined
        ? attribute(name, scope)
        : reference(name, scope);
    if (value === noValue) return "";
    return Array.isArray(value) ? value.join(",") : text(value, scope, "Fn::Sub");
  });
}

function choose(argument: TemplateValue, scope: TemplateScope): Resolved {
  const [condition, yes, no] = many(argument, 3, "Fn::If");
  if (typeof condition !== "string")
    throw validationError("Template error: Fn::If needs the name of a condition");
  return resolveAny((scope.condition(condition) ? yes : no) ?? null, scope);
}

function select(argument: TemplateValue, scope: TemplateScope): Resolved {
  const [index, from] = many(argument, 2, "Fn::Select");
  const items = list(from ?? [], scope, "Fn::Select");
  const at = Number(text(index ?? 0, scope, "Fn::Select"));
  const found = items[at];
  if (found === undefined) {
    throw validationError(`Template error: Fn::Select cannot select nonexistent value at index ${at}`);
  }
  return found;
}

/** Two values as AWS compares them: as texts, deeply. */
function same(one: TemplateValue, other: TemplateValue): boolean {
  const plain = (value: TemplateValue): unknown => (typeof value === "object" ? value : String(value));
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other));
}

function truth(value: TemplateValue, scope: TemplateScope): boolean {
  const resolved = resolve(value, scope);
  return resolved === true || resolved === "true";
}

const functions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["Ref", reference],
  ["Condition", (name, scope) => scope.condition(String(name))],
  ["Fn::GetAtt", attribute],
  ["Fn::Sub", substitute],
  [
    "Fn::Join",
    (argument, scope) => {
      const [delimiter, items] = many(argument, 2, "Fn::Join");
      if (typeof delimiter !== "string")
        throw validationError(
          "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
        );
      return list(items ?? [], scope, "Fn::Join")
        .map((item) => text(item, scope, "Fn::Join"))
        .join(delimiter);
    },
  ],
  [
    "Fn::Split",
    (argument, scope) => {
      const [delimiter, whole] = many(argument, 2, "Fn::Split");
      return text(whole ?? "", scope, "Fn::Split").split(text(delimiter ?? "", scope, "Fn::Split"));
    },
  ],
  ["Fn::Select", select],
  ["Fn::If", choose],
  [
    "Fn::Equals",
    (argument, scope) => {
      const [one, other] = many(argument, 2, "Fn::Equals");
      return same(resolve(one ?? null, scope), resolve(other ?? null, scope));
    },
  ],
  ["Fn::Not", (argument, scope) => !truth(many(argument, 1, "Fn::Not")[0] ?? null, scope)],
  ["Fn::And", (argument, scope) => many(argument, 2, "Fn::And").every((item) => truth(item, scope))],
  ["Fn::Or", (argument, scope) => many(argument, 2, "Fn::Or").some((item) => truth(item, scope))],
  ["Fn::Base64", (argument, scope) => Buffer.from(text(argument, scope, "Fn::Base64")).toString("base64")],
  [
    "Fn::FindInMap",
    (argument, scope) => {
      const [map, first, second, otherwise] = many(argument, 3, "Fn::FindInMap").map((item, index) =>
        index < 3 ? text(item, scope, "Fn::FindInMap") : item,
      );
      const found = scope.mapping(String(map), String(first), String(second));
      if (found !== undefined) return found;
      if (isMap(otherwise) && otherwise.DefaultValue !== undefined)
        return resolveAny(otherwise.DefaultValue, scope);
      throw validationError(
        `Template error: Unable to get mapping for ${String(map)}::${String(first)}::${String(second)}`,
      );
    },
  ],
  [
    "Fn::GetAZs",
    (argument, scope) => {
      const region = text(argument, scope, "Fn::GetAZs");
      return scope.zones(region === "" ? String(scope.parameter("AWS::Region")) : region);
    },
  ],
  [
    "Fn::ImportValue",
    (argument, scope) => {
      const name = text(argument, scope, "Fn::ImportValue");
      const value = scope.exported(name);
      if (value === undefined) throw validationError(`No export named ${name} found.`);
      return value;
    },
  ],
  [
    "Fn::Cidr",
    (argument, scope) => {
      const [block, count, bits] = many(argument, 2, "Fn::Cidr").map((item) => text(item, scope, "Fn::Cidr"));
      const found = subnetBlocks(block ?? "", Number(count), Number(bits ?? "8"));
      if (found === undefined)
        throw validationError(
          `Template error: Fn::Cidr cannot make ${String(count)} blocks of ${String(block)}`,
        );
      return found;
    },
  ],
  ["Fn::Length", (argument, scope) => list(argument, scope, "Fn::Length").length],
  ["Fn::ToJsonString", (argument, scope) => JSON.stringify(resolve(argument, scope))],
]);
