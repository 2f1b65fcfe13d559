import { mergeTags, type Tag } from "../../kernel/tags.ts";
import { invalidParameter } from "./faults.ts";

/** Tags as the API gives them. */
export type ApiTags = readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[];

/** Tags of one resource (AWS General Reference, "Tag naming limits and requirements"). */
const mostTags = 50;

/** The tags of a resource after these are added. @throws Fault `InvalidParameterValue` */
export function readTags(have: readonly Tag[], given: ApiTags): readonly Tag[] {
  const added = given.map(({ Key = "", Value = "" }) => ({ key: Key, value: Value }));
  // Ours: the rules are AWS's, their words are not recorded.
  if (added.some(({ key }) => key.toLowerCase().startsWith("aws:")))
    throw invalidParameter("Tag keys must not start with aws:.");
  const tags = mergeTags(have, added);
  if (tags.length > mostTags) throw invalidParameter(`A resource can have no more than ${mostTags} tags.`);
  return tags;
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a request that puts tags on something. */
export function tagContext(given: ApiTags | undefined): Readonly<Record<string, string | readonly string[]>> {
  if (given === undefined || given.length === 0) return {};
  return {
    ...Object.fromEntries(given.map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, Value])),
    "aws:TagKeys": given.map(({ Key = "" }) => Key),
  };
}
