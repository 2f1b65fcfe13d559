import { type ConstraintRule, constraintsOf } from "../../src/protocol/constraints.ts";
import type { OperationContract } from "../../src/protocol/contract.ts";
import type { Member, Shape, StructureShape } from "../../src/protocol/shape.ts";
import { sampleInput } from "./sample-input.ts";

/** How one member of an input breaks the model's constraints. */
type Breach =
  | "missing"
  | "too long"
  | "too short"
  | "wrong pattern"
  | "wrong enum"
  | "too small"
  | "too large"
  | "too many items"
  | "too few items"
  | "wrong item";

/** An input with one member that breaks one constraint; all others keep theirs. */
export interface BadInput {
  readonly input: Readonly<Record<string, unknown>>;
  readonly breach: Breach;
  /** The member's names from the outside in; numbers are places in lists, from 1. */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  readonly rule: ConstraintRule;
  /** The rule of a list's items, of which one is broken. */
  readonly itemRule?: ConstraintRule;
  readonly sensitive: boolean;
  /** A text too short breaks the pattern as well, if the pattern wants letters. */
  readonly alsoPattern: boolean;
}

/** Every way in which one member of an operation's input can break one constraint of its model. */
export function badInputs(operation: OperationContract): BadInput[] {
  const table = constraintsOf(operation.service.signingName);
  const ruleNamed = (name: string | undefined) => (name === undefined ? undefined : table?.rules[name]);
  const sample = sampleInput(operation, "all");
  const found: BadInput[] = [];

  /** `put` makes the whole input with another value in this place. */
  const inMember = (
    member: Member,
    rule: ConstraintRule = {},
    path: readonly (string | number)[],
    sensitive: boolean,
    put: (value: unknown) => Readonly<Record<string, unknown>>,
    good: unknown,
  ): void => {
    const secret = sensitive || Boolean(member.traits.sensitive);
    const add = (breach: Breach, value: unknown, itemRule?: ConstraintRule) =>
      found.push({
        ...{ input: put(value), breach, path, value, rule, sensitive: secret },
        alsoPattern:
          breach === "too short" && rule.pattern !== undefined && !whole(rule.pattern).test(String(value)),
        ...(itemRule !== undefined && { itemRule }),
      });
    if (member.required) add("missing", undefined);
    const { shape } = member;
    if (shape.kind === "structure" && isRecord(good)) {
      inStructure(shape, path, secret, put, good);
      return;
    }
    if (shape.kind === "list" && Array.isArray(good)) {
      const list: readonly unknown[] = good;
      const [first] = list;
      if (rule.max !== undefined)
        add(
          "too many items",
          Array.from({ length: rule.max + 1 }, () => first),
        );
      if (rule.min !== undefined && rule.min > 0) add("too few items", []);
      const itemRule = ruleNamed(rule.item);
      if (shape.item.shape.kind === "structure" && isRecord(first)) {
        inStructure(shape.item.shape, [...path, 1], secret, (one) => put([one, ...list.slice(1)]), first);
      } else if (itemRule !== undefined) {
        for (const [, value] of scalarBreaches(shape.item.shape, itemRule)) {
          add("wrong item", [value], itemRule);
        }
      }
      return;
    }
    for (const [breach, value] of scalarBreaches(shape, rule)) add(breach, value);
  };

  const inStructure = (
    shape: StructureShape,
    path: readonly (string | number)[],
    sensitive: boolean,
    put: (value: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
    good: Readonly<Record<string, unknown>>,
  ): void => {
    for (const member of shape.members) {
      const rule = ruleNamed(table?.structures[shape.name]?.[member.name]);
      const putMember = (value: unknown) => put({ ...good, [member.name]: value });
      inMember(member, rule, [...path, member.name], sensitive, putMember, good[member.name]);
    }
  };

  if (operation.input !== undefined) inStructure(operation.input, [], false, (value) => value, sample);
  return found;
}

function* scalarBreaches(shape: Shape, rule: ConstraintRule): Generator<readonly [Breach, unknown]> {
  const { min, max } = rule;
  if (shape.kind === "number") {
    if (min !== undefined) yield ["too small", min - 1];
    if (max !== undefined) yield ["too large", max + 1];
  } else if (shape.kind === "string") {
    if (rule.enum !== undefined) yield ["wrong enum", "Nonsense"];
    if (max !== undefined) yield ["too long", fitting(rule, max + 1)];
    if (min !== undefined && min > 0) yield ["too short", fitting(rule, min - 1)];
    const offending = rule.pattern === undefined ? undefined : against(rule.pattern, rule);
    if (offending !== undefined) yield ["wrong pattern", offending];
  }
}

/** A text of this length, by letters of which most patterns are full. */
function fitting({ pattern }: ConstraintRule, length: number): string {
  const fits = (text: string) => pattern === undefined || whole(pattern).test(text);
  const candidates = ["a".repeat(length), "1".repeat(length), "A".repeat(length)];
  return candidates.find(fits) ?? `/${"a".repeat(Math.max(0, length - 2))}/`.slice(0, length);
}

/** A text within the bounds that the pattern refuses. */
function against(pattern: string, { min = 0, max = 64 }: ConstraintRule): string | undefined {
  return ["\u4e16", "%", " ", "!", "a"]
    .map((unit) => unit.repeat(Math.min(Math.max(min, 1), max)))
    .find((text) => !whole(pattern).test(text));
}

function whole(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, "u");
  } catch {
    return new RegExp(`^(?:${pattern})$`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
