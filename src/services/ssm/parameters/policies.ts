import { day, hour } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import { isJsonObject, parseJson } from "../../../kernel/json.ts";
import { validation } from "../faults.ts";

/** A policy of a parameter, as it was given. */
export interface Policy {
  readonly type: string;
  /** JSON. */
  readonly text: string;
  /** When it tells of what it is for, epoch ms; of notifications only. */
  readonly due?: number;
  /** It has told. */
  readonly done?: boolean;
}

/** The policies of a parameter: as they were given, and when the parameter ends by them. */
export interface Policies {
  readonly texts: readonly Policy[];
  /** Epoch ms. */
  readonly expiresAt?: number;
}

/** User Guide, "Assigning parameter policies": as many as one parameter takes. */
const mostPolicies = 10;
/** (ours) */
const longestSpan = 36_500;
const types = ["Expiration", "ExpirationNotification", "NoChangeNotification"];

/**
 * Reads the policies of a request (a JSON list, or `{}` for none).
 * Faults: `ValidationException`, `PoliciesLimitExceededException`, `InvalidPolicyTypeException`,
 * `InvalidPolicyAttributeException`, `IncompatiblePolicyException`.
 */
export function readPolicies(text: string, now: number): Policies {
  if (text === "" || text === "{}" || text === "[{}]") return { texts: [] };
  const read = parseJson(text);
  if (!Array.isArray(read)) throw validation("Invalid policies input: the policies must be a JSON list.");
  if (read.length > mostPolicies) {
    throw new Fault(
      "PoliciesLimitExceededException",
      `You specified more than the maximum number of allowed policies for the parameter. The maximum is ${mostPolicies}.`,
    );
  }
  let expiresAt: number | undefined;
  const texts: Policy[] = [];
  for (const policy of read) {
    const type = isJsonObject(policy) ? policy.Type : undefined;
    if (!isJsonObject(policy) || typeof type !== "string" || !types.includes(type)) {
      throw new Fault(
        "InvalidPolicyTypeException",
        `The policy type isn't supported. Parameter Store supports the following policy types: ${types.join(", ")}.`,
      );
    }
    if (texts.some((one) => one.type === type) && type === "Expiration") {
      throw new Fault(
        "IncompatiblePolicyException",
        "There is a conflict in the policies specified for this parameter.",
      );
    }
    if (type === "Expiration") expiresAt = readExpiry(policy.Attributes, now);
    const after = type === "NoChangeNotification" ? readSpan(policy.Attributes, "After") : undefined;
    const due = after === undefined ? {} : { due: now + after };
    texts.push({ type, text: JSON.stringify(policy), ...due });
  }
  if (expiresAt === undefined && texts.some(({ type }) => type === "ExpirationNotification")) {
    throw new Fault(
      "IncompatiblePolicyException",
      "An ExpirationNotification policy needs an Expiration policy.",
    );
  }
  if (expiresAt === undefined) return { texts };
  const end = expiresAt;
  const dated = texts.map((policy) => {
    if (policy.type !== "ExpirationNotification") return policy;
    const { Attributes } = JSON.parse(policy.text) as { readonly Attributes?: unknown };
    return { ...policy, due: Math.max(now, end - readSpan(Attributes, "Before")) };
  });
  return { texts: dated, expiresAt };
}

/** Ms of a number of days or hours, given as texts. Throws `InvalidPolicyAttributeException`. */
function readSpan(attributes: unknown, member: "After" | "Before"): number {
  const given = isJsonObject(attributes) ? attributes : {};
  const count = Number(given[member]);
  const unit = given.Unit === "Days" ? day : given.Unit === "Hours" ? hour : 0;
  if (Number.isInteger(count) && count > 0 && count <= longestSpan && unit > 0) return count * unit;
  throw new Fault(
    "InvalidPolicyAttributeException",
    `A policy attribute or its value is invalid: ${member} must be a number of Days or Hours.`,
  );
}

function readExpiry(attributes: unknown, now: number): number {
  const timestamp = isJsonObject(attributes) ? attributes.Timestamp : undefined;
  const at = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  if (Number.isNaN(at) || at <= now) {
    throw new Fault(
      "InvalidPolicyAttributeException",
      "A policy attribute or its value is invalid: Timestamp must be a time to come, such as 2030-12-02T21:34:33.000Z.",
    );
  }
  return at;
}
