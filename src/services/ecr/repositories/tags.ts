import { Fault } from "../../../kernel/fault.ts";
import { mergeTags, type Tag } from "../../../kernel/tags.ts";
import type { Rows } from "../../../store/types.ts";
import { parseRepositoryArn } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import { needRepository, type Repository } from "./repository.ts";

/** A tag as ECR's requests and answers write it. */
export interface WireTag {
  readonly Key: string;
  readonly Value: string;
}

/** AWS General Reference, "Tag naming limits and requirements". */
const mostTags = 50;
const reserved = "aws:";
const keySyntax = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const valueSyntax = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

export function requestedTags(tags: readonly WireTag[] | undefined): readonly Tag[] {
  return (tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }));
}

/** The tags of a resource after these are added. Throws `InvalidTagParameterException`, `TooManyTagsException`. */
export function readTags(have: readonly Tag[], wanted: readonly WireTag[]): readonly Tag[] {
  const added = requestedTags(wanted);
  if (!added.every(({ key, value }) => keySyntax.test(key) && valueSyntax.test(value))) {
    // API Reference, InvalidTagParameterException.
    throw new Fault(
      "InvalidTagParameterException",
      "An invalid parameter has been specified. Tag keys can have a maximum character length of 128 characters, and tag values can have a maximum length of 256 characters.",
    );
  }
  if (added.some(({ key }) => key.toLowerCase().startsWith(reserved))) {
    throw new Fault(
      "InvalidTagParameterException",
      "Invalid parameter at 'tags' failed to satisfy constraint: 'aws: prefixed tag key names are not allowed for external use.'",
    );
  }
  const tags = mergeTags(have, added);
  if (tags.length > mostTags) {
    throw new Fault(
      "TooManyTagsException",
      `The number of tags exceeds the limit of ${mostTags} tags per resource`,
    );
  }
  return tags;
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a request that puts tags on something. */
export function tagContext(tags: readonly Tag[]): Readonly<Record<string, string | readonly string[]>> {
  if (tags.length === 0) return {};
  const values = tags.map(({ key, value }) => [`aws:RequestTag/${key}`, value] as const);
  return { ...Object.fromEntries(values), "aws:TagKeys": tags.map(({ key }) => key) };
}

/** The tagged repository. Throws `InvalidParameterException`, `RepositoryNotFoundException`. */
export async function taggedRepository(rows: Rows, resourceArn: string): Promise<Repository> {
  const key = parseRepositoryArn(resourceArn);
  if (key === undefined) throw invalidParameter("resourceArn", "Invalid ARN");
  return await needRepository(rows, key);
}
