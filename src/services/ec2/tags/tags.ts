import type { CallContext } from "../../../dispatch/context.ts";
import { Fault } from "../../../kernel/fault.ts";
import { mergeTags, type Tag } from "../../../kernel/tags.ts";
import type { Kind } from "../kinds.ts";

/** A tag as requests and answers write it. */
export interface WireTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** Tags for what a request makes. */
export type TagSpecifications =
  | readonly { readonly ResourceType?: string | undefined; readonly Tags?: readonly WireTag[] | undefined }[]
  | undefined;

/** EC2 User Guide, "Tag your Amazon EC2 resources": restrictions. */
const mostTags = 50;
const longestKey = 127;
const longestValue = 255;

export function wireTags(tags: readonly Tag[]): { Key: string; Value: string }[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}

/**
 * The tags of a resource after these are added. Throws `InvalidParameterValue`, `TagLimitExceeded`.
 * @param by a service may give tags of AWS's own, which a customer cannot.
 */
export function readTags(
  have: readonly Tag[],
  wanted: readonly WireTag[],
  by: "customer" | "service" = "customer",
): readonly Tag[] {
  const added = wanted.map(({ Key = "", Value = "" }) => ({ key: Key, value: Value }));
  for (const { key, value } of added) {
    if (key === "") throw new Fault("InvalidParameterValue", "Tag key cannot be empty");
    if (by === "customer" && key.toLowerCase().startsWith("aws:")) {
      throw new Fault("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use");
    }
    if (key.length > longestKey) {
      throw new Fault(
        "InvalidParameterValue",
        `Tag key exceeds the maximum length of ${longestKey} characters`,
      );
    }
    if (value.length > longestValue) {
      throw new Fault(
        "InvalidParameterValue",
        `Tag value exceeds the maximum length of ${longestValue} characters`,
      );
    }
  }
  if (new Set(added.map(({ key }) => key)).size < added.length) {
    throw new Fault("InvalidParameterValue", "Duplicate tag keys are not allowed");
  }
  const tags = mergeTags(have, added);
  if (tags.length > mostTags) {
    throw new Fault("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.");
  }
  return tags;
}

/** AWS: the resources of a stack, and the instances of a group, carry tags of the service that made them. */
const stamping: ReadonlySet<string> = new Set(["cloudformation.amazonaws.com", "autoscaling.amazonaws.com"]);

/**
 * The tags that a request gives to what it makes; tags of AWS's own only where a service makes it.
 * Throws `InvalidParameterValue` when they are for something else.
 */
export function specifiedTags(
  specifications: TagSpecifications,
  ctx: Pick<CallContext, "calledVia" | "principal">,
  kind: Kind,
  also?: Kind,
): readonly Tag[] {
  const service =
    ctx.calledVia.at(-1) ?? (ctx.principal.type === "AssumedRole" ? ctx.principal.invokedBy : undefined);
  const by = stamping.has(service ?? "") ? "service" : "customer";
  let tags: readonly Tag[] = [];
  for (const { ResourceType, Tags = [] } of specifications ?? []) {
    if (ResourceType === undefined || (ResourceType !== kind && ResourceType !== also)) {
      throw new Fault(
        "InvalidParameterValue",
        `'${(ResourceType ?? "").slice(0, 64)}' is not a valid taggable resource type for this operation.`,
      );
    }
    if (ResourceType === kind) tags = readTags(tags, Tags, by);
  }
  return tags;
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a request that puts tags on something. */
export function tagContext(tags: readonly WireTag[]): Readonly<Record<string, string | readonly string[]>> {
  if (tags.length === 0) return {};
  const values = tags.map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, Value] as const);
  return { ...Object.fromEntries(values), "aws:TagKeys": tags.map(({ Key = "" }) => Key) };
}
