import type { Fault } from "../../../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../../../kernel/json.ts";
import { invalidParameter } from "../faults.ts";
import { matchesWildcard } from "../images/tag-mutability.ts";

/** A lifecycle policy, its rules by ascending priority (User Guide, "Lifecycle policy properties in Amazon ECR"). */
export interface LifecyclePolicy {
  /** As ECR answers it: the JSON that was put, without spaces (captured). */
  readonly text: string;
  readonly rules: readonly LifecycleRule[];
}

/** One rule: which images it speaks of, which of them are too many or too old, and what becomes of those. */
export interface LifecycleRule {
  readonly priority: number;
  readonly tags: TagRequirement;
  readonly storageClass: StorageClass;
  readonly limit: LifecycleLimit;
  readonly action: "expire" | "archive";
}

export type StorageClass = "standard" | "archive";

/** `all`: patterns, each of which some tag of the image must match; a prefix `v` is the pattern `v*`. */
export type TagRequirement =
  | { readonly status: "any" | "untagged" }
  | { readonly status: "tagged"; readonly all: readonly string[] };

/** `keep`: how many of the youngest stay. `days`: how old an image may grow, counted from what `since` names. */
export type LifecycleLimit =
  | { readonly keep: number }
  | { readonly since: "pushed" | "pulled" | "transitioned"; readonly days: number };

/** Whether an image with these tags is one that a rule speaks of. */
export function meetsTagRequirement(requirement: TagRequirement, tags: readonly string[]): boolean {
  if (requirement.status !== "tagged") return requirement.status === "any" || tags.length === 0;
  return requirement.all.every((pattern) => tags.some((tag) => matchesWildcard(pattern, tag)));
}

/** Rules in one policy (service quotas). */
const maxRules = 50;
/** Wildcards in one pattern. */
const maxWildcards = 4;
/** An archived image is kept for at least so many days ("Archiving an image", User Guide). */
const minArchiveDays = 90;

/**
 * Reads the text of a policy. The contract has checked its length.
 * @throws Fault `InvalidParameterException` with the first thing that is wrong. AWS validates against a JSON schema and
 *   answers its validator's words: those in the style of `object has missing required properties` are such, the
 *   sentences about priorities and tags are ours.
 */
export function readLifecyclePolicy(text: string): LifecyclePolicy {
  const document = parseJson(text);
  if (!isJsonObject(document)) throw failure("Could not map policyString into LifecyclePolicy.");
  checkMembers(document, ["rules"]);
  if (!Array.isArray(document.rules)) throw wrongType(document.rules ?? null, "array");
  const { rules } = document as { rules: readonly Json[] };
  if (rules.length === 0)
    throw failure("array is too short: must have at least 1 elements but instance has 0 elements");
  if (rules.length > maxRules) {
    throw failure(
      `array is too long: must have at most ${maxRules} elements but instance has ${rules.length} elements`,
    );
  }
  const read = rules.map(readRule).sort((a, b) => a.priority - b.priority);
  checkTogether(read);
  return { text: JSON.stringify(document), rules: read };
}

function readRule(rule: Json): LifecycleRule {
  if (!isJsonObject(rule)) throw wrongType(rule, "object");
  checkMembers(rule, ["action", "rulePriority", "selection"], ["description"]);
  if (rule.description !== undefined && typeof rule.description !== "string") {
    throw wrongType(rule.description, "string");
  }
  const priority = positive(rule.rulePriority);
  const { selection, action } = rule;
  if (!isJsonObject(selection)) throw wrongType(selection ?? null, "object");
  checkMembers(
    selection,
    ["countNumber", "countType", "tagStatus"],
    ["countUnit", "storageClass", "tagPatternList", "tagPrefixList"],
  );
  const storageClass = oneOf(selection.storageClass ?? "standard", ["archive", "standard"]);
  const limit = readLimit(selection);
  const read: LifecycleRule = {
    priority,
    tags: readTags(selection),
    storageClass,
    limit,
    action: readAction(action ?? null),
  };
  checkStorage(read, selection.storageClass !== undefined);
  return read;
}

function readTags(selection: { readonly [key: string]: Json }): TagRequirement {
  const status = oneOf(selection.tagStatus, ["any", "tagged", "untagged"]);
  const { tagPatternList: patterns, tagPrefixList: prefixes } = selection;
  if (status !== "tagged") {
    if (patterns !== undefined || prefixes !== undefined) {
      throw failure(`tagPatternList and tagPrefixList must be empty when tagStatus is ${status}`);
    }
    return { status };
  }
  if ((patterns === undefined) === (prefixes === undefined)) {
    throw failure("exactly one of tagPatternList and tagPrefixList is required when tagStatus is tagged");
  }
  if (prefixes !== undefined) return { status, all: texts(prefixes).map((prefix) => `${prefix}*`) };
  const all = texts(patterns);
  for (const pattern of all) {
    if (pattern.split("*").length - 1 > maxWildcards) {
      throw failure(`tag pattern (${pattern}) has more than ${maxWildcards} wildcards`);
    }
  }
  return { status, all };
}

const sinceOf = {
  sinceImagePushed: "pushed",
  sinceImagePulled: "pulled",
  sinceImageTransitioned: "transitioned",
} as const;

function readLimit(selection: { readonly [key: string]: Json }): LifecycleLimit {
  const type = selection.countType;
  const number = positive(selection.countNumber);
  if (type === "imageCountMoreThan") {
    if (selection.countUnit !== undefined) throw noSchemaMatches();
    return { keep: number };
  }
  const known = typeof type === "string" && Object.hasOwn(sinceOf, type);
  if (!known || selection.countUnit === undefined) throw noSchemaMatches();
  oneOf(selection.countUnit, ["days"]);
  return { since: sinceOf[type as keyof typeof sinceOf], days: number };
}

function readAction(action: Json): LifecycleRule["action"] {
  if (!isJsonObject(action)) throw wrongType(action, "object");
  checkMembers(action, ["type"], ["targetStorageClass"]);
  const type = oneOf(action.type, ["expire", "transition"]);
  if (type === "transition") {
    if (action.targetStorageClass === undefined) {
      throw failure('object has missing required properties (["targetStorageClass"])');
    }
    return oneOf(action.targetStorageClass, ["archive"]);
  }
  if (action.targetStorageClass !== undefined) {
    throw failure("targetStorageClass must be empty when the action type is expire");
  }
  return "expire";
}

/** What a rule may do in each storage class. */
function checkStorage({ storageClass, limit, action }: LifecycleRule, named: boolean): void {
  const transitioned = "since" in limit && limit.since === "transitioned";
  if (transitioned && !(named && storageClass === "archive")) {
    throw failure("storageClass archive is required when countType is sinceImageTransitioned");
  }
  if (storageClass === "standard") return;
  if (action === "archive") throw failure("images of storageClass archive cannot be transitioned to archive");
  if (!transitioned) {
    throw failure("countType must be sinceImageTransitioned when storageClass is archive");
  }
  if (limit.days < minArchiveDays) {
    throw failure(
      `numeric instance is lower than the required minimum (minimum: ${minArchiveDays}, found: ${limit.days})`,
    );
  }
}

/** What rules may not do together; they come sorted. */
function checkTogether(rules: readonly LifecycleRule[]): void {
  const seen = new Set<string>();
  const once = (what: string, message: string): void => {
    if (seen.has(what)) throw failure(message);
    seen.add(what);
  };
  for (const [index, rule] of rules.entries()) {
    const { priority, tags, storageClass } = rule;
    once(`priority ${priority}`, `rulePriority ${priority} is used by more than one rule`);
    const later = rules.slice(index + 1).some((other) => other.storageClass === storageClass);
    if (tags.status === "any" && later) {
      throw failure("the rule with tagStatus any must have the highest rulePriority");
    }
    if (tags.status === "untagged") {
      once(`untagged ${storageClass}`, "only one rule may have tagStatus untagged in a storage class");
    }
    // Only prefixes end in their one wildcard, so a pattern that says the same is the same requirement.
    if (tags.status !== "tagged") continue;
    for (const pattern of new Set(tags.all)) {
      if (pattern.indexOf("*") !== pattern.length - 1) continue;
      const prefix = pattern.slice(0, -1);
      once(`prefix ${storageClass} ${prefix}`, `tag prefix (${prefix}) is used by more than one rule`);
    }
  }
}

function checkMembers(
  object: { readonly [key: string]: Json },
  required: readonly string[],
  optional: readonly string[] = [],
): void {
  const missing = required.filter((name) => !Object.hasOwn(object, name));
  if (missing.length > 0) {
    throw failure(`object has missing required properties (${JSON.stringify(missing)})`);
  }
  const unknown = Object.keys(object).filter((name) => !required.includes(name) && !optional.includes(name));
  if (unknown.length > 0) {
    throw failure(
      `object instance has properties which are not allowed by the schema: (${JSON.stringify(unknown)})`,
    );
  }
}

function oneOf<const T extends string>(value: Json | undefined, values: readonly T[]): T {
  const found = values.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw failure(
    `instance value (${JSON.stringify(value)}) not found in enum :(possible values: ${JSON.stringify(values)})`,
  );
}

function positive(value: Json | undefined): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw wrongType(value ?? null, "integer");
  if (value < 1) {
    throw failure(`numeric instance is lower than the required minimum (minimum: 1, found: ${value})`);
  }
  return value;
}

function texts(value: Json | undefined): readonly string[] {
  if (!Array.isArray(value)) throw wrongType(value ?? null, "array");
  const list = value as readonly Json[];
  if (list.length === 0)
    throw failure("array is too short: must have at least 1 elements but instance has 0 elements");
  return list.map((item) => {
    if (typeof item !== "string") throw wrongType(item, "string");
    if (item === "") throw failure('string "" is too short (length: 0, required minimum: 1)');
    return item;
  });
}

function wrongType(value: Json, allowed: string): Fault {
  const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  return failure(
    `instance type (${type}) does not match any allowed primitive type (allowed: ["${allowed}"])`,
  );
}

function noSchemaMatches(): Fault {
  return failure("instance failed to match exactly one schema (matched 0 out of 2)");
}

/** AWS: each of the validator's lines ends with a newline (captured). */
function failure(message: string): Fault {
  return invalidParameter("LifecyclePolicyText", `Lifecycle policy validation failure: ${message}\n`);
}
