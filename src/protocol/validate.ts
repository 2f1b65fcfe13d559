import { Fault } from "../kernel/fault.ts";
import cloudtrail from "./constraints/cloudtrail.generated.json" with { type: "json" };
import ecr from "./constraints/ecr.generated.json" with { type: "json" };
import iam from "./constraints/iam.generated.json" with { type: "json" };
import sts from "./constraints/sts.generated.json" with { type: "json" };
import { compileOnce, lazily, type Member, type Shape, type StructureShape } from "./shape.ts";

/** The constraints of one shape (Smithy specification, "Constraint traits"). */
export interface ConstraintRule {
  /** Length of text, bytes, lists and maps; value of numbers. */
  readonly min?: number;
  readonly max?: number;
  /** A Java regular expression that must match the whole text. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly integer?: boolean;
  /** Rules of the items of a list, or of a map's keys and values. */
  readonly item?: string;
  readonly key?: string;
  readonly value?: string;
}

/** Made by `tools/constraints.py` from a service model. */
export interface ConstraintTable {
  /** The model and its version. */
  readonly source: string;
  /** Rule names by structure and member. */
  readonly structures: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly rules: Readonly<Record<string, ConstraintRule>>;
}

/**
 * How a service words violations: `member-constraints` is the framework's `ValidationError`, which tells all of them;
 * `invalid-parameter` is ECR's `InvalidParameterException`, which tells the first.
 */
export type ValidationStyle = "member-constraints" | "invalid-parameter";

const tables: ReadonlyMap<string, ConstraintTable> = new Map<string, ConstraintTable>([
  ["cloudtrail", cloudtrail],
  ["ecr", ecr],
  ["iam", iam],
  ["sts", sts],
]);

/** The table committed for a service, by signing name. */
export function constraintsOf(signingName: string): ConstraintTable | undefined {
  return tables.get(signingName);
}

/** One broken constraint. `path` is the member's, as AWS writes it: `tags.1.member.key`. */
interface Violation {
  readonly path: string;
  readonly value: unknown;
  readonly constraint: string;
}

/** Collects violations of a value; stops adding when there are enough. */
type Check = (value: unknown, path: string, found: Violation[]) => void;

/** AWS tells many violations at once; more than these help nobody. */
const maxViolations = 10;
const maxShownValue = 2048;

const notNull = "Member must not be null";

/**
 * Compiles an operation's validator: required members, then length, range, pattern and enum.
 * The faults it answers: `ValidationError`, or for ECR `InvalidParameterException`; `SerializationException` for a
 * fraction where the model has an integer.
 */
export function compileValidator(
  shape: StructureShape | undefined,
  table: ConstraintTable | undefined,
  style: ValidationStyle,
): (input: unknown) => Fault | undefined {
  if (shape === undefined) return () => undefined;
  const check = checker(shape, table);
  return (input) => {
    const found: Violation[] = [];
    try {
      check(input ?? {}, "", found);
    } catch (error) {
      if (error instanceof Fault) return error;
      throw error;
    }
    const [first] = found;
    return first === undefined
      ? undefined
      : style === "invalid-parameter"
        ? invalidParameter(first)
        : allOf(found);
  };
}

/** AWS: the wording of the services' common framework, as IAM, STS and most others answer it. */
function allOf(found: readonly Violation[]): Fault {
  const count = found.length === 1 ? "1 validation error" : `${found.length} validation errors`;
  const told = found.map(
    ({ path, value, constraint }) =>
      `Value ${value === undefined || value === null ? "null" : `'${shown(value)}'`} at '${path}' failed to satisfy constraint: ${constraint}`,
  );
  return new Fault("ValidationError", `${count} detected: ${told.join("; ")}`);
}

const patternPrefix = "Member must satisfy regular expression pattern: ";

/** AWS: ECR tells the first violation, and a pattern in words of its own with the closing quote left out. */
function invalidParameter({ path, constraint }: Violation): Fault {
  const told = constraint.startsWith(patternPrefix)
    ? `'must satisfy regular expression '${constraint.slice(patternPrefix.length)}'`
    : `'${constraint}'`;
  return new Fault(
    "InvalidParameterException",
    `Invalid parameter at '${path}' failed to satisfy constraint: ${told}`,
  );
}

/** A value as Java would print it. */
function shown(value: unknown): string {
  const text = printed(value);
  return text.length > maxShownValue ? `${text.slice(0, maxShownValue)}...` : text;
}

function printed(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "null";
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return "java.nio.HeapByteBuffer";
  if (Array.isArray(value)) return `[${value.slice(0, 100).map(printed).join(", ")}]`;
  if (typeof value === "object") {
    const members = Object.entries(value).slice(0, 100);
    return `{${members.map(([key, item]) => `${key}=${printed(item)}`).join(", ")}}`;
  }
  return String(value);
}

const checkers = new WeakMap<ConstraintTable, (shape: Shape) => Check>();
const noConstraints: ConstraintTable = { source: "", structures: {}, rules: {} };

function checker(shape: StructureShape, table: ConstraintTable = noConstraints): Check {
  let compiled = checkers.get(table);
  if (compiled === undefined) {
    compiled = compilerFor(table);
    checkers.set(table, compiled);
  }
  return compiled(shape);
}

function compilerFor(table: ConstraintTable): (shape: Shape) => Check {
  const ofStructure = compileOnce<Check>((shape) =>
    shape.kind === "structure" ? structureCheck(shape) : () => {},
  );
  const structureCheck = (shape: StructureShape): Check => {
    const members = lazily(() => {
      const ruleNames = table.structures[shape.name];
      return shape.members.map((member) => ({
        name: member.name,
        step: lowerCamel(member.name),
        required: member.required,
        check: ofTarget(member, ruleNames?.[member.name]),
      }));
    });
    return (value, path, found) => {
      const from = value as Readonly<Record<string, unknown>>;
      for (const { name, step, required, check } of members()) {
        if (found.length >= maxViolations) return;
        const item = from[name];
        if (item !== undefined && item !== null) check?.(item, path === "" ? step : `${path}.${step}`, found);
        else if (required) {
          found.push({ path: path === "" ? step : `${path}.${step}`, value: null, constraint: notNull });
        }
      }
    };
  };
  /** `undefined` when nothing below constrains anything. */
  const ofTarget = ({ shape }: Member, ruleName: string | undefined): Check | undefined => {
    const rule = ruleName === undefined ? undefined : table.rules[ruleName];
    switch (shape.kind) {
      case "structure":
        return ofStructure(shape);
      case "list":
        return listCheck(shape.item, rule);
      case "map":
        return mapCheck(shape.key, shape.value, rule);
      default:
        return rule === undefined ? undefined : scalarCheck(compileRule(rule));
    }
  };
  const listCheck = (item: Member, rule: ConstraintRule | undefined): Check => {
    const itemRule = rule?.item === undefined ? undefined : table.rules[rule.item];
    const scalar = isScalar(item.shape) && itemRule !== undefined ? compileRule(itemRule) : undefined;
    const nested = isScalar(item.shape) ? undefined : ofTarget(item, rule?.item);
    const checkSize = sizeCheck(rule);
    return (value, path, found) => {
      if (!Array.isArray(value)) return;
      checkSize(value, path, found);
      for (let i = 0; i < value.length && found.length < maxViolations; i++) {
        const one: unknown = value[i];
        if (one === null || one === undefined) {
          found.push({ path: `${path}.${i + 1}.member`, value: null, constraint: notNull });
        } else nested?.(one, `${path}.${i + 1}.member`, found);
      }
      // AWS: a list of scalars is told as a whole, with every constraint of its items.
      if (scalar !== undefined && value.some((one) => broken(scalar, one).length > 0)) {
        found.push({
          path,
          value,
          constraint: `Member must satisfy constraint: [${scalar.texts.join(", ")}]`,
        });
      }
    };
  };
  const mapCheck = (key: Member, value: Member, rule: ConstraintRule | undefined): Check => {
    const keyRule = rule?.key === undefined ? undefined : table.rules[rule.key];
    const keys = keyRule === undefined || !isScalar(key.shape) ? undefined : compileRule(keyRule);
    const valueRule = rule?.value === undefined ? undefined : table.rules[rule.value];
    const values = valueRule === undefined || !isScalar(value.shape) ? undefined : compileRule(valueRule);
    const nested = isScalar(value.shape) ? undefined : ofTarget(value, rule?.value);
    const checkSize = sizeCheck(rule);
    return (map, path, found) => {
      if (typeof map !== "object" || map === null) return;
      const entries = Object.entries(map);
      checkSize(entries, path, found);
      if (keys !== undefined && entries.some(([name]) => broken(keys, name).length > 0)) {
        found.push({
          path,
          value: map,
          constraint: `Map keys must satisfy constraint: [${keys.texts.join(", ")}]`,
        });
      }
      if (values !== undefined && entries.some(([, item]) => broken(values, item).length > 0)) {
        found.push({
          path,
          value: map,
          constraint: `Map value must satisfy constraint: [${values.texts.join(", ")}]`,
        });
      }
      for (const [name, item] of entries) {
        if (found.length >= maxViolations) return;
        if (item !== null && item !== undefined) nested?.(item, `${path}.${name}.member`, found);
      }
    };
  };
  return ofStructure;
}

function isScalar(shape: Shape): boolean {
  return shape.kind !== "structure" && shape.kind !== "list" && shape.kind !== "map";
}

/** A rule ready to run, and how AWS words each of its parts. */
interface CompiledRule {
  readonly rule: ConstraintRule;
  readonly allowed: ReadonlySet<string> | undefined;
  readonly pattern: () => RegExp | undefined;
  /** All parts, in the order in which AWS lists them for the items of a list. */
  readonly texts: readonly string[];
}

function compileRule(rule: ConstraintRule): CompiledRule {
  const texts: string[] = [];
  if (rule.max !== undefined) texts.push(`Member must have length less than or equal to ${rule.max}`);
  if (rule.min !== undefined) texts.push(`Member must have length greater than or equal to ${rule.min}`);
  if (rule.pattern !== undefined) texts.push(patternPrefix + rule.pattern);
  if (rule.enum !== undefined) texts.push(enumText(rule.enum));
  return {
    rule,
    allowed: rule.enum === undefined ? undefined : new Set(rule.enum),
    pattern: lazily(() => (rule.pattern === undefined ? undefined : javaPattern(rule.pattern))),
    texts,
  };
}

function enumText(values: readonly string[]): string {
  return `Member must satisfy enum value set: [${values.join(", ")}]`;
}

function scalarCheck(compiled: CompiledRule): Check {
  return (value, path, found) => {
    for (const constraint of broken(compiled, value)) found.push({ path, value, constraint });
  };
}

/** Of a list or map, a rule bounds the number of items. */
function sizeCheck({ min, max }: ConstraintRule = {}): Check {
  return scalarCheck(compileRule({ ...(min !== undefined && { min }), ...(max !== undefined && { max }) }));
}

const none: readonly string[] = [];

/** The parts of the rule that the value breaks. */
function broken(compiled: CompiledRule, value: unknown): readonly string[] {
  if (typeof value === "number") return brokenNumber(compiled.rule, value);
  const length = sizeOf(value);
  if (length === undefined) return none;
  const { min, max } = compiled.rule;
  const tooLong = max !== undefined && length > max;
  const found: string[] = [];
  if (typeof value === "string") {
    const form = brokenForm(compiled, value, tooLong);
    if (form !== undefined) found.push(form);
  }
  if (tooLong) found.push(`Member must have length less than or equal to ${max}`);
  if (min !== undefined && length < min)
    found.push(`Member must have length greater than or equal to ${min}`);
  return found;
}

function brokenForm(
  { rule, allowed, pattern }: CompiledRule,
  text: string,
  tooLong: boolean,
): string | undefined {
  if (allowed !== undefined && !allowed.has(text)) return enumText(rule.enum ?? []);
  // Text beyond its bound is refused for that alone: no pattern ever runs over more than the model foresees.
  if (!tooLong && pattern()?.test(text) === false) return patternPrefix + rule.pattern;
  return undefined;
}

function brokenNumber(rule: ConstraintRule, value: number): readonly string[] {
  if (rule.integer && !Number.isInteger(value)) {
    throw new Fault("SerializationException", "DECIMAL_VALUE cannot be converted to Integer");
  }
  if (rule.min !== undefined && value < rule.min) {
    return [`Member must have value greater than or equal to ${rule.min}`];
  }
  if (rule.max !== undefined && value > rule.max) {
    return [`Member must have value less than or equal to ${rule.max}`];
  }
  return none;
}

function sizeOf(value: unknown): number | undefined {
  return typeof value === "string" || value instanceof Uint8Array || Array.isArray(value)
    ? value.length
    : undefined;
}

/**
 * Patterns of the models that backtrack without end on hostile text of the length they allow, each with one that
 * accepts the same texts and does not.
 */
const tamed: ReadonlyMap<string, string> = new Map([
  // ECR's ScanningRepositoryFilterValue.
  ["^[a-z0-9*](?:[._\\-/a-z0-9*]?[a-z0-9*]+)*$", "[a-z0-9*]+(?:[._\\-/][a-z0-9*]+)*"],
]);

/**
 * A model's pattern for the whole text. Models write Java's dialect: most are also JavaScript with the `u` flag, a few
 * only without it. One that is neither is not enforced: to refuse valid input would be worse.
 */
export function javaPattern(source: string): RegExp | undefined {
  const [prefix = "", inline = ""] = /^\(\?([ims]+)\)/.exec(source) ?? [];
  const pattern = tamed.get(source) ?? source.slice(prefix.length);
  for (const dialect of ["u", ""]) {
    try {
      return new RegExp(`^(?:${pattern})$`, dialect + inline);
    } catch {
      // The next dialect.
    }
  }
  return undefined;
}

/** AWS: only the first letter changes. */
function lowerCamel(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}
