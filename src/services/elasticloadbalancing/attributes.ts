import type { AttributeTable, AttributeValues } from "./attribute-table.ts";
import { invalidConfiguration } from "./faults.ts";
import { listenerAttributes } from "./listeners/listener-attributes.ts";
import { loadBalancerAttributes } from "./load-balancers/load-balancer-attributes.ts";
import type { Listener, LoadBalancer, TargetGroup } from "./resource.ts";
import { targetGroupAttributes } from "./target-groups/target-group-attributes.ts";

/** A resource that has attributes. */
export type Attributed = LoadBalancer | Listener | TargetGroup;

/** The attributes that a resource has, with what each may be. */
function attributesOf(one: Attributed): AttributeTable {
  switch (one.kind) {
    case "load-balancer":
      return loadBalancerAttributes(one.document);
    case "listener":
      return listenerAttributes(one.document);
    case "target-group":
      return targetGroupAttributes(one.document.settings);
  }
}

/** Every attribute of a resource by its key, defaults filled in. */
export function completeAttributes(one: Attributed): Readonly<Record<string, string>> {
  const defaults = Object.entries(attributesOf(one)).map(([key, attribute]) => [key, attribute.default]);
  return { ...Object.fromEntries(defaults), ...one.document.attributes };
}

/** As Describe…Attributes and Modify…Attributes answer them. */
export function apiAttributes(one: Attributed): { Key: string; Value: string }[] {
  return Object.entries(completeAttributes(one)).map(([Key, Value]) => ({ Key, Value }));
}

/** What the API calls resources with attributes. */
const nouns = {
  "load-balancer": "Load balancer",
  listener: "Listener",
  "target-group": "Target group",
} as const;

/** AWS API Reference, Modify…Attributes: no more in one call. */
const mostAtOnce = 20;

/**
 * The attributes of a resource after a change.
 * @throws Fault `InvalidConfigurationRequest`, naming the key.
 */
export function changedAttributes(
  one: Attributed,
  given: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[],
): Readonly<Record<string, string>> {
  if (given.length > mostAtOnce) {
    // Ours.
    throw invalidConfiguration(`No more than ${mostAtOnce} attributes can be changed at once.`);
  }
  const table = attributesOf(one);
  const noun = nouns[one.kind];
  const set: Record<string, string> = { ...one.document.attributes };
  for (const { Key: key = "", Value: value = "" } of given) {
    const attribute = Object.hasOwn(table, key) ? table[key] : undefined;
    if (attribute === undefined)
      throw invalidConfiguration(`${noun} attribute key '${key}' is not recognized`);
    const wanted = unmet(attribute.values, value);
    if (wanted !== undefined) {
      // Ours: AWS has other words for each key.
      throw invalidConfiguration(`${noun} attribute '${key}' must be ${wanted}, not '${value.slice(0, 64)}'`);
    }
    set[key] = value;
  }
  return set;
}

/** What a value should have been; undefined when it is good. */
function unmet(values: AttributeValues, value: string): string | undefined {
  if ("longest" in values) {
    const good = value.length <= values.longest && (values.form?.test(value) ?? true);
    return good ? undefined : `a text of at most ${values.longest} characters in the documented form`;
  }
  if ("min" in values) {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if ((number >= values.min && number <= values.max) || (values.or !== undefined && value === values.or)) {
      return undefined;
    }
    const range = `a whole number from ${values.min} to ${values.max}`;
    return values.or === undefined ? range : `${range}, or '${values.or}'`;
  }
  return values.includes(value) ? undefined : `one of ${values.map((one) => `'${one}'`).join(", ")}`;
}
