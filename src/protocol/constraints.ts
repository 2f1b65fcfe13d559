import { Fault } from "../kernel/fault.ts";
import acm from "./constraints/acm.generated.json" with { type: "json" };
import applicationAutoscaling from "./constraints/application-autoscaling.generated.json" with {
  type: "json",
};
import autoscaling from "./constraints/autoscaling.generated.json" with { type: "json" };
import cloudformation from "./constraints/cloudformation.generated.json" with { type: "json" };
import cloudtrail from "./constraints/cloudtrail.generated.json" with { type: "json" };
import cloudwatch from "./constraints/cloudwatch.generated.json" with { type: "json" };
import ec2 from "./constraints/ec2.generated.json" with { type: "json" };
import ecr from "./constraints/ecr.generated.json" with { type: "json" };
import ecs from "./constraints/ecs.generated.json" with { type: "json" };
import elbv2 from "./constraints/elbv2.generated.json" with { type: "json" };
import events from "./constraints/events.generated.json" with { type: "json" };
import iam from "./constraints/iam.generated.json" with { type: "json" };
import kms from "./constraints/kms.generated.json" with { type: "json" };
import logs from "./constraints/logs.generated.json" with { type: "json" };
import organizations from "./constraints/organizations.generated.json" with { type: "json" };
import resourceGroupsTagging from "./constraints/resourcegroupstaggingapi.generated.json" with {
  type: "json",
};
import route53 from "./constraints/route53.generated.json" with { type: "json" };
import secretsmanager from "./constraints/secretsmanager.generated.json" with { type: "json" };
import servicediscovery from "./constraints/servicediscovery.generated.json" with { type: "json" };
import ssm from "./constraints/ssm.generated.json" with { type: "json" };
import sts from "./constraints/sts.generated.json" with { type: "json" };
import { lazily } from "./shape.ts";

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

const tables: ReadonlyMap<string, ConstraintTable> = new Map<string, ConstraintTable>([
  ["acm", acm],
  ["application-autoscaling", applicationAutoscaling],
  ["autoscaling", autoscaling],
  ["cloudformation", cloudformation],
  ["cloudtrail", cloudtrail],
  ["ec2", ec2],
  ["ecr", ecr],
  ["ecs", ecs],
  ["elasticloadbalancing", elbv2],
  ["events", events],
  ["iam", iam],
  ["kms", kms],
  ["logs", logs],
  ["monitoring", cloudwatch],
  ["organizations", organizations],
  ["route53", route53],
  ["secretsmanager", secretsmanager],
  ["servicediscovery", servicediscovery],
  ["ssm", ssm],
  ["sts", sts],
  ["tagging", resourceGroupsTagging],
]);

/** The table committed for a service, by signing name. */
export function constraintsOf(signingName: string): ConstraintTable | undefined {
  return tables.get(signingName);
}

/** AWS's words for a required member that is not there. */
export const notNull = "Member must not be null";
/** What stands before a pattern in AWS's words. */
export const patternPrefix = "Member must satisfy regular expression pattern: ";

/** A rule ready to run, and how AWS words each of its parts. */
export interface CompiledRule {
  readonly rule: ConstraintRule;
  readonly allowed: ReadonlySet<string> | undefined;
  readonly pattern: () => RegExp | undefined;
  /** All parts, in the order in which AWS lists them for the items of a list. */
  readonly texts: readonly string[];
}

/** Compiles a rule. The pattern is compiled when it is first needed. */
export function compileRule(rule: ConstraintRule): CompiledRule {
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

const none: readonly string[] = [];

/**
 * The parts of the rule that the value breaks, in AWS's words.
 * Faults: `SerializationException` for a fraction where the model has an integer.
 */
export function broken(compiled: CompiledRule, value: unknown): readonly string[] {
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
  // Application Auto Scaling's PolicyName: a POSIX class, which JavaScript has not and takes for a text.
  ["\\p{Print}+", "[ -~]+"],
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
