import { parseArn } from "../../kernel/arn.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows } from "../../store/types.ts";

/** A resource of any service with its tags. */
export interface TaggedResource {
  readonly arn: string;
  readonly tags: readonly Tag[];
}

/** What Resource Groups Tagging needs of the rest of the house. */
export interface TaggingPorts {
  /** Every resource with tags of a region of an account, whatever its service; those of global services in us-east-1. */
  taggedResources(
    rows: Rows,
    scope: { readonly account: AccountId; readonly region: Region },
  ): Promise<readonly TaggedResource[]>;
}

/** The type of a resource as filters name it: `ecs:service` (API Reference, GetResources, "ResourceTypeFilters"). */
function resourceTypeOf(arn: string): string {
  const { service = "", resource = "" } = parseArn(arn) ?? {};
  return `${service}:${resource.split(/[:/]/, 1)[0] ?? ""}`;
}

/** Whether a resource is of a type: a service alone means all its types. */
export function isOfType(arn: string, filter: string): boolean {
  const type = resourceTypeOf(arn);
  return filter === type || filter === type.split(":", 1)[0];
}

/** Whether tags meet a filter: the key is there, with one of the values if there are any. */
export function meets(
  tags: readonly Tag[],
  filter: { readonly Key?: string | undefined; readonly Values?: readonly string[] | undefined },
): boolean {
  const { Key, Values = [] } = filter;
  return tags.some(({ key, value }) => key === Key && (Values.length === 0 || Values.includes(value)));
}
