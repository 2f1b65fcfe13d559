import type * as tagging from "@aws-sdk/client-resource-groups-tagging-api";
import type { AnyOperation, InputOf, ReadOperation } from "../../dispatch/operation.ts";
import { Fault } from "../../kernel/fault.ts";
import { pageToken, readPageToken } from "../../kernel/page.ts";
import { isOfType, meets, type TaggedResource, type TaggingPorts } from "./tagged-resource.ts";

/** API Reference, GetResources. */
const usualPage = 50;
const mostInPage = 100;
/** API Reference, GetTagKeys and GetTagValues do not say how many: ours. */
const mostKeys = 500;

type Tagging = typeof tagging;

/** Texts are ours. */
function invalid(message: string): Fault {
  return new Fault("InvalidParameterException", message);
}

/** Where a page begins: after the last of the one before. @throws Fault `PaginationTokenExpiredException`. */
function afterOf(token: string | undefined): string {
  if (token === undefined || token === "") return "";
  const [after] = readPageToken(token) ?? [];
  if (after === undefined)
    throw new Fault("PaginationTokenExpiredException", "The pagination token is not valid.");
  return after;
}

const byArn = (a: TaggedResource, b: TaggedResource): number => (a.arn < b.arn ? -1 : 1);

function getResources(ports: TaggingPorts): ReadOperation<Tagging, "GetResources"> {
  return {
    name: "GetResources",
    authorise: () => [{ action: "tag:GetResources", resource: "*" }],
    async read(ctx, input) {
      refuseMixed(input);
      const { ResourceTypeFilters: types = [], TagFilters = [], ResourceARNList: arns = [] } = input;
      const after = afterOf(input.PaginationToken);
      const all = (await ports.taggedResources(ctx.rows, ctx))
        .filter(({ arn }) => arn > after)
        .filter(({ arn }) => types.length === 0 || types.some((type) => isOfType(arn, type)))
        .filter(({ arn }) => arns.length === 0 || arns.includes(arn))
        .filter(({ tags }) => TagFilters.every((filter) => meets(tags, filter)))
        .toSorted(byArn);
      const page = cut(all, input);
      const last = page.at(-1);
      return {
        ResourceTagMappingList: page.map(({ arn, tags }) => ({
          ResourceARN: arn,
          Tags: tags.map(({ key: Key, value: Value }) => ({ Key, Value })),
        })),
        // AWS: an empty token says that there is no more.
        PaginationToken: page.length < all.length && last !== undefined ? pageToken([last.arn]) : "",
      };
    },
  };
}

function refuseMixed(input: InputOf<Tagging, "GetResources">): void {
  const { ResourceARNList: arns = [], TagFilters = [], ResourceTypeFilters: types = [] } = input;
  if (
    arns.length > 0 &&
    (TagFilters.length > 0 || types.length > 0 || input.ResourcesPerPage !== undefined)
  ) {
    throw invalid("ResourceARNList cannot be used together with filters or pages.");
  }
  if (input.IncludeComplianceDetails === true || input.ExcludeCompliantResources === true) {
    throw invalid("There are no tag policies here to comply with.");
  }
  if (input.ResourcesPerPage !== undefined && input.TagsPerPage !== undefined) {
    throw invalid("Specify either ResourcesPerPage or TagsPerPage.");
  }
}

/** A page of so many resources, or of resources with so many tags between them. */
function cut(
  resources: readonly TaggedResource[],
  { ResourcesPerPage, TagsPerPage }: InputOf<Tagging, "GetResources">,
): readonly TaggedResource[] {
  if (TagsPerPage === undefined) {
    return resources.slice(0, Math.min(Math.max(ResourcesPerPage ?? usualPage, 1), mostInPage));
  }
  const page: TaggedResource[] = [];
  let tags = 0;
  for (const one of resources) {
    // AWS: a resource counts one at least, and is never cut in two.
    tags += Math.max(one.tags.length, 1);
    if (tags > TagsPerPage && page.length > 0) break;
    page.push(one);
  }
  return page;
}

/** A page of texts, each once and in order. */
function pageOf(texts: Iterable<string>, token: string | undefined) {
  const after = afterOf(token);
  const rest = [...new Set(texts)]
    .filter((text) => token === undefined || token === "" || text > after)
    .sort();
  const page = rest.slice(0, mostKeys);
  const last = page.at(-1);
  return { page, PaginationToken: page.length < rest.length && last !== undefined ? pageToken([last]) : "" };
}

function getTagKeys(ports: TaggingPorts): ReadOperation<Tagging, "GetTagKeys"> {
  return {
    name: "GetTagKeys",
    authorise: () => [{ action: "tag:GetTagKeys", resource: "*" }],
    async read(ctx, input) {
      const all = (await ports.taggedResources(ctx.rows, ctx)).flatMap(({ tags }) => tags);
      const { page, PaginationToken } = pageOf(
        all.map(({ key }) => key),
        input.PaginationToken,
      );
      return { TagKeys: page, PaginationToken };
    },
  };
}

function getTagValues(ports: TaggingPorts): ReadOperation<Tagging, "GetTagValues"> {
  return {
    name: "GetTagValues",
    authorise: () => [{ action: "tag:GetTagValues", resource: "*" }],
    async read(ctx, input) {
      const all = (await ports.taggedResources(ctx.rows, ctx)).flatMap(({ tags }) => tags);
      const values = all.filter(({ key }) => key === input.Key).map(({ value }) => value);
      const { page, PaginationToken } = pageOf(values, input.PaginationToken);
      return { TagValues: page, PaginationToken };
    },
  };
}

export const readOperations = (ports: TaggingPorts): readonly AnyOperation[] => [
  getResources(ports),
  getTagKeys(ports),
  getTagValues(ports),
];
