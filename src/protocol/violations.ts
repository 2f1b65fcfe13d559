import { Fault } from "../kernel/fault.ts";
import { notNull, patternPrefix } from "./constraints.ts";

/** One broken constraint. `path` is the member's, as AWS writes it: `tags.1.member.key`. */
export interface Violation {
  readonly path: string;
  readonly value: unknown;
  readonly constraint: string;
  /** The value, or one that holds it, is a secret. */
  readonly sensitive?: boolean;
}

/**
 * How a service words violations: `member-constraints` is the framework's `ValidationError`, which tells all of them;
 * `named-members` is IAM's, the same without the values, and with sentences of its own for names and paths;
 * `invalid-input` is Organizations' `InvalidInputException`, which tells the kind of the first, and `invalid-parameter`
 * ECR's `InvalidParameterException`, which tells the first; `plain-words` is ECS's, which tells the first by the member's
 * own name; `ec2` tells the first as EC2's common client errors do; `cloud-map` is the framework's wording under Cloud
 * Map's own code.
 */
export type ValidationStyle =
  | "member-constraints"
  | "named-members"
  | "invalid-input"
  | "invalid-parameter"
  | "plain-words"
  | "cloud-map"
  | "ec2";

/** How a service is known to word its violations, by signing name; the framework's words otherwise. */
export function validationStyleOf(signingName: string): ValidationStyle {
  switch (signingName) {
    case "ec2":
      return "ec2";
    case "ecr":
      return "invalid-parameter";
    case "ecs":
      return "plain-words";
    case "iam":
      return "named-members";
    case "organizations":
      return "invalid-input";
    case "servicediscovery":
      return "cloud-map";
    default:
      return "member-constraints";
  }
}

/** The fault that tells of violations in a service's words; `undefined` when there are none. */
export function faultOf(found: readonly Violation[], style: ValidationStyle): Fault | undefined {
  const [first] = found;
  if (first === undefined) return undefined;
  switch (style) {
    case "invalid-parameter":
      return invalidParameter(first);
    case "plain-words":
      return plainWords(first);
    case "ec2":
      return ec2Parameter(first);
    case "invalid-input":
      return invalidInput(first);
    case "named-members":
      return namedMembers(found);
    case "cloud-map":
      return allOf(found, shownValue, "InvalidInput");
    case "member-constraints":
      return allOf(found, shownValue);
  }
}

/** AWS: the wording of the services' common framework, as STS and most others answer it. */
function allOf(
  found: readonly Violation[],
  value: (one: Violation) => string,
  code = "ValidationError",
): Fault {
  const count = found.length === 1 ? "1 validation error" : `${found.length} validation errors`;
  const told = found.map(
    (one) => `Value${value(one)} at '${one.path}' failed to satisfy constraint: ${one.constraint}`,
  );
  return new Fault(code, `${count} detected: ${told.join("; ")}`);
}

const pathForm = "It must begin and end with / and contain only alphanumeric characters and/or / characters.";
const prefixForm =
  "It must begin with the / character and contain only alphanumeric characters and/or / characters.";
/** What IAM says of a name or a path in the wrong form, by the model's pattern, behind "The specified value for … is invalid." */
const formsOfIam: ReadonlyMap<string, string> = new Map([
  [String.raw`[\w+=,.@-]+`, "It must contain only alphanumeric characters and/or the following: +=,.@_-"],
  [String.raw`[\w]+`, "It must contain only alphanumeric characters."],
  [String.raw`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`, pathForm],
  [String.raw`((/[A-Za-z0-9\.,\+@=_-]+)*)/`, pathForm],
  [String.raw`\u002F[\u0021-\u007F]*`, prefixForm],
]);

function formOf({ path, constraint }: Violation): string | undefined {
  if (!constraint.startsWith(patternPrefix)) return undefined;
  const form = formsOfIam.get(constraint.slice(patternPrefix.length));
  return form === pathForm && path === "pathPrefix" ? prefixForm : form;
}

/**
 * AWS: IAM leaves the values out (since 2024: github.com/aws/eks-hybrid, pull request 113), and looks at the form of
 * names and paths, in words of its own, when the framework has found nothing (github.com/aws-cloudformation/cfn-lint,
 * issue 996). A missing or overlong name is the framework's.
 */
function namedMembers(found: readonly Violation[]): Fault {
  const frameworks = found.filter((one) => formOf(one) === undefined);
  const [named] = found;
  if (frameworks.length > 0 || named === undefined) return allOf(frameworks, () => "");
  return new Fault(
    "ValidationError",
    `The specified value for ${named.path} is invalid. ${formOf(named) ?? ""}`,
  );
}

/** Organizations' reasons (API Reference, InvalidInputException, whose sentences these are), by how a constraint begins. */
const reasonsOfOrganizations: readonly (readonly [constraint: string, reason: string, message: string])[] = [
  [notNull, "INPUT_REQUIRED", "You must include a value for all required parameters."],
  // AWS: so worded by the service (github.com/boto/boto3, issue 4565), with "doesn't" in the reference.
  [patternPrefix, "INVALID_PATTERN", "You provided a value that does not match the required pattern."],
  ["Member must satisfy enum", "INVALID_ENUM", "You specified an invalid value."],
  [
    "Member must have length less",
    "MAX_LENGTH_EXCEEDED",
    "You provided a string parameter that is longer than allowed.",
  ],
  [
    "Member must have length greater",
    "MIN_LENGTH_EXCEEDED",
    "You provided a string parameter that is shorter than allowed.",
  ],
  [
    "Member must have value less",
    "MAX_VALUE_EXCEEDED",
    "You provided a numeric parameter that has a larger value than allowed.",
  ],
  [
    "Member must have value greater",
    "MIN_VALUE_EXCEEDED",
    "You provided a numeric parameter that has a smaller value than allowed.",
  ],
];

function invalidInput({ constraint }: Violation): Fault {
  const [, Reason, message] = reasonsOfOrganizations.find(([start]) => constraint.startsWith(start)) ?? [
    constraint,
    "INVALID_LIST_MEMBER",
    "You provided a list to a parameter that contains at least one invalid value.",
  ];
  return new Fault("InvalidInputException", message, { members: { Reason } });
}

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

/** Members that ECS names otherwise than by their words, or whose values it tells otherwise than the model (captured). */
const wordsOfEcs: Readonly<Record<string, string>> = { schedulingStrategy: "Scheduling strategy" };
const valuesOfEcs: Readonly<Record<string, string>> = {
  launchType: "EC2,FARGATE,EXTERNAL,FMI,MANAGED_INSTANCES",
};

/** AWS: `include should be one of [TAGS]`, `launch type should be one of […]`; the sentences for the rest are ours. */
function plainWords({ path, constraint }: Violation): Fault {
  const member = path.split(".").findLast((step) => step !== "member" && !/^\d+$/.test(step)) ?? path;
  const words =
    wordsOfEcs[member] ?? member.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trimStart();
  return new Fault("InvalidParameterException", `${words} ${plainConstraint(member, constraint)}`);
}

function plainConstraint(member: string, constraint: string): string {
  const [, values] = /enum value set: \[([^\]]*)\]/.exec(constraint) ?? [];
  if (values !== undefined) {
    return `should be one of [${valuesOfEcs[member] ?? values.replaceAll(", ", ",")}]`;
  }
  if (constraint === notNull) return "should not be null or empty.";
  const [, bound, limit] =
    /^Member must have value (greater|less) than or equal to (.+)$/.exec(constraint) ?? [];
  if (bound !== undefined) return `can not be ${bound === "less" ? "greater" : "lesser"} than ${limit}`;
  return `is invalid: ${constraint.replace(/^Member m/, "m")}`;
}

/** EC2 API Reference, "Error codes": MissingParameter, InvalidParameterValue. The reason behind "is invalid." is the framework's. */
function ec2Parameter(first: Violation): Fault {
  const path = first.path.replaceAll(".member", "");
  if (first.constraint === notNull) {
    return new Fault("MissingParameter", `The request must contain the parameter ${path}`);
  }
  return new Fault(
    "InvalidParameterValue",
    `Value (${first.sensitive ? "" : shown(first.value)}) for parameter ${path} is invalid. ${first.constraint}`,
  );
}

const maxShownValue = 2048;

/** AWS: of a secret, only its place is told. */
function shownValue({ value, sensitive }: Violation): string {
  if (value === undefined || value === null) return " null";
  return sensitive ? "" : ` '${shown(value)}'`;
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
