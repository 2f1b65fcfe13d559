import { isFault } from "../../../kernel/fault.ts";
import { validationError } from "../faults.ts";
import { isMap, type TemplateValue } from "../template/template.ts";
import type { Properties, Provision } from "./resource-type.ts";

/** Names of members that are numbers or truth values where they stand: templates may write them as texts. */
export interface Kinds {
  readonly numbers?: readonly string[];
  readonly truths?: readonly string[];
}

/** A value with its texts made numbers and truth values where the API wants them. */
export function typed(value: TemplateValue, { numbers = [], truths = [] }: Kinds): TemplateValue {
  const walk = (item: TemplateValue, key?: string): TemplateValue => {
    if (Array.isArray(item)) return item.map((one) => walk(one, key));
    if (isMap(item))
      return Object.fromEntries(Object.entries(item).map(([name, one]) => [name, walk(one, name)]));
    if (typeof item !== "string" || key === undefined) return item;
    if (numbers.includes(key) && item.trim() !== "" && !Number.isNaN(Number(item))) return Number(item);
    if (truths.includes(key) && (item === "true" || item === "false")) return item === "true";
    return item;
  };
  return walk(value);
}

/** Members with a small first letter, as some APIs have them. What is under a name of `verbatim` keeps its keys. */
export function camel(value: TemplateValue, verbatim: readonly string[] = []): TemplateValue {
  if (Array.isArray(value)) return value.map((item) => camel(item, verbatim));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.charAt(0).toLowerCase() + key.slice(1),
      verbatim.includes(key) ? item : camel(item, verbatim),
    ]),
  );
}

/** The property as a text. Faults: `ValidationError` that names it. */
export function textOf(properties: Properties, name: string): string {
  const value = properties[name];
  if (typeof value === "string" && value !== "") return value;
  if (typeof value === "number") return String(value);
  throw validationError(`Property ${name} cannot be empty.`);
}

export function textOr(properties: Properties, name: string, otherwise: string): string {
  return properties[name] === undefined ? otherwise : textOf(properties, name);
}

/** A document as APIs take it: templates write policies as JSON or as its text. */
export function documentOf(value: TemplateValue | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? {});
}

type KeyValue = { readonly Key: string; readonly Value: string };

/** The resource's tags with the stack's and CloudFormation's own, the resource's first. */
export function tagsOf(properties: Properties, at: Provision): KeyValue[] {
  const own = Array.isArray(properties.Tags)
    ? (properties.Tags as unknown as KeyValue[]).map(({ Key, Value }) => ({ Key, Value: String(Value) }))
    : Object.entries(isMap(properties.Tags) ? properties.Tags : {}).map(([Key, Value]) => ({
        Key,
        Value: String(Value),
      }));
  const names = new Set(own.map(({ Key }) => Key));
  return [...own, ...at.stack.tags.filter(({ Key }) => !names.has(Key))];
}

/** As `tagsOf`, with members in small letters. */
export function smallTags(properties: Properties, at: Provision): { key: string; value: string }[] {
  return tagsOf(properties, at).map(({ Key, Value }) => ({ key: Key, value: Value }));
}

/** As `tagsOf`, as a map. */
export function tagMap(properties: Properties, at: Provision): Record<string, string> {
  return Object.fromEntries(tagsOf(properties, at).map(({ Key, Value }) => [Key, Value]));
}

/** Runs a removal; that there is nothing to remove is no error. */
export async function unlessGone(work: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isFault(error, ...codes)) throw error;
  }
}

/** What has changed between two lists of texts. */
export function difference(
  before: readonly string[],
  after: readonly string[],
): { readonly added: readonly string[]; readonly removed: readonly string[] } {
  return {
    added: after.filter((item) => !before.includes(item)),
    removed: before.filter((item) => !after.includes(item)),
  };
}

/** The property as a list of texts; empty when it is not there. */
export function textsOf(properties: Properties, name: string): readonly string[] {
  const value = properties[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** Input of an API whose members are spelt as the template's properties. */
export function inputOf<Input>(properties: Properties, names: readonly string[], kinds: Kinds = {}): Input {
  const chosen = Object.fromEntries(
    names.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name] ?? null]),
  );
  return typed(chosen, kinds) as Input;
}
