import type * as ecs from "@aws-sdk/client-ecs";
import { Fault } from "../../../kernel/fault.ts";
import { invalidParameter } from "../faults.ts";
import type { Attributes } from "./instance.ts";

/** API Reference, "Attribute". */
const longest = 128;
/** API Reference, "PutAttributes": so many that are not AWS's own. */
const mostOwn = 10;
/** Ours: an agent tells of about fifty capabilities. */
const mostInAll = 300;

/** What an agent tells of its host itself, anew at each registration. */
const capability = /^(com\.amazonaws\.)?ecs\.capability\./;
/** Names that are AWS's. */
const reserved = /^(ecs|com\.amazonaws)\./;

/** Attributes of a request, by name. Throws `InvalidParameterException`; the sentences are ours. */
export function readAttributes(attributes: readonly ecs.Attribute[] | undefined): Attributes {
  const read = new Map<string, string>();
  for (const { name = "", value = "" } of attributes ?? []) {
    if (!new RegExp(`^[a-zA-Z0-9_./\\\\-]{1,${longest}}$`).test(name)) {
      throw invalidParameter(
        `Attribute names can have up to ${longest} letters, numbers, hyphens, underscores, slashes and periods.`,
      );
    }
    if (value.length > longest || /^\s|\s$|[^\x20-\x7e]/.test(value)) {
      throw invalidParameter(`The value of the attribute ${name} is invalid.`);
    }
    read.set(name, value);
  }
  return read;
}

/** Attributes of an instance after some were added. Throws `AttributeLimitExceededException`. */
export function withAttributes(have: Attributes, added: Attributes): Attributes {
  const all = new Map([...have, ...added]);
  const own = [...all.keys()].filter((name) => !reserved.test(name));
  if (own.length > mostOwn || all.size > mostInAll) {
    throw new Fault(
      "AttributeLimitExceededException",
      `A container instance can have up to ${mostOwn} custom attributes.`,
    );
  }
  return all;
}

/** Attributes of an instance that registers again: its capabilities are told anew, everything else stays. */
export function withoutCapabilities(have: Attributes): Attributes {
  return new Map([...have].filter(([name]) => !capability.test(name)));
}

/** Attributes as they are answered: one without a value has none. */
export function describeAttributes(attributes: Attributes): ecs.Attribute[] {
  return [...attributes].map(([name, value]) => ({ name, value: value === "" ? undefined : value }));
}
