import { readOperatorName } from "../authz/conditions/condition.ts";
import { isMultivaluedKey } from "../authz/context.ts";
import type { ConditionSyntax } from "../authz/parse/document.ts";
import type { Finding } from "./policy-finding.ts";
import { type AuthorizationReference, keyTypeOf } from "./policy-reference.ts";

/** What values of a condition key are, as far as operators care. */
type Family = "string" | "arn" | "bool" | "numeric" | "date" | "ip address" | "binary";

/** Global keys whose values are no plain text (IAM User Guide, "AWS global condition context keys": data type). */
const globalKeys: Readonly<Record<string, Family>> = {
  "aws:currenttime": "date",
  "aws:epochtime": "date",
  "aws:multifactorauthage": "numeric",
  "aws:multifactorauthpresent": "bool",
  "aws:principalarn": "arn",
  "aws:principalisawsservice": "bool",
  "aws:securetransport": "bool",
  "aws:sourcearn": "arn",
  "aws:sourceip": "ip address",
  "aws:tokenissuetime": "date",
  "aws:viaawsservice": "bool",
  "aws:vpcsourceip": "ip address",
};

const families: Readonly<Record<string, Family>> = {
  string: "string",
  arn: "arn",
  bool: "bool",
  numeric: "numeric",
  date: "date",
  ipaddress: "ip address",
  binary: "binary",
};

/** Operators of one family that make sense of another's values: an epoch time is a number, an ARN is text. */
const alsoReads: readonly (readonly [operator: Family, key: Family])[] = [
  ["string", "arn"],
  // The reference calls the values of some keys text that are ARNs (kms:EncryptionContext/…).
  ["arn", "string"],
  ["numeric", "date"],
];

/** What is wrong between a condition's operator and the values that its key can have. */
export function checkOperator(
  condition: ConditionSyntax,
  reference: AuthorizationReference,
): readonly Finding[] {
  const { key, operator } = condition;
  const name = readOperatorName(operator);
  if (name === undefined || name.base === "null") return [];
  const type = keyTypeOf(reference, key);
  const family = familyOfKey(key, type);
  const asked = familyOfOperator(name.base);
  const list = isMultivaluedKey(key) || type?.startsWith("ArrayOf") === true;
  const findings: Finding[] = [];
  if (family !== undefined && asked !== undefined && !reads(asked, family)) {
    findings.push({
      // Text is compared with text, whatever it stands for.
      level: asked === "string" ? "warning" : "error",
      rule: "wrong-operator",
      message: `${operator} compares ${asked} values; ${key} is ${family}`,
    });
  }
  if (list && name.quantifier === undefined) {
    const message = `${key} is a list: ${operator} never holds for it without ForAnyValue or ForAllValues`;
    // The reference calls some keys lists that AWS's own policies compare plainly (events:detail-type).
    findings.push({ level: isMultivaluedKey(key) ? "error" : "warning", rule: "wrong-operator", message });
  }
  return findings;
}

function familyOfKey(key: string, type: string | undefined): Family | undefined {
  const documented = type === undefined ? undefined : families[type.replace(/^ArrayOf/, "").toLowerCase()];
  return globalKeys[key.toLowerCase()] ?? documented;
}

function reads(operator: Family, key: Family): boolean {
  return operator === key || alsoReads.some(([asked, of]) => asked === operator && of === key);
}

/** `stringlike`, `arnequals`, `notipaddress` … begin with their family, but for a `not` before it. */
function familyOfOperator(base: string): Family | undefined {
  const start = Object.keys(families).find((name) => base.startsWith(name) || base.startsWith(`not${name}`));
  return start === undefined ? undefined : families[start];
}
