import type * as acm from "@aws-sdk/client-acm";
import type { Authorisation, ReadOperation, WriteOperation } from "../../dispatch/operation.ts";
import { Fault } from "../../kernel/fault.ts";
import { mergeTags, type Tag } from "../../kernel/tags.ts";
import { needCertificate, saveCertificate } from "./certificate.ts";

/** API Reference, "AddTagsToCertificate". */
const mostTags = 50;

/** The tags of a certificate after these are added. @throws Fault `InvalidTagException`, `TooManyTagsException`. */
export function addedTags(have: readonly Tag[], given: readonly acm.Tag[] = []): readonly Tag[] {
  const added = given.map(({ Key = "", Value = "" }) => ({ key: Key, value: Value }));
  // Ours: the rules are AWS's.
  if (added.some(({ key }) => key.toLowerCase().startsWith("aws:"))) {
    throw new Fault("InvalidTagException", "Tag keys must not begin with aws:.");
  }
  const tags = mergeTags(have, added);
  if (tags.length > mostTags) {
    throw new Fault("TooManyTagsException", `A certificate can have no more than ${mostTags} tags.`);
  }
  return tags;
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a request. */
export function tagContext(given: readonly acm.Tag[] | undefined): NonNullable<Authorisation["context"]> {
  if (given === undefined || given.length === 0) return {};
  return {
    ...Object.fromEntries(given.map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, Value])),
    "aws:TagKeys": given.map(({ Key = "" }) => Key),
  };
}

export const addTagsToCertificate: WriteOperation<typeof acm, "AddTagsToCertificate"> = {
  name: "AddTagsToCertificate",
  authorise: ({ CertificateArn = "*", Tags }) => [
    {
      action: "acm:AddTagsToCertificate",
      resource: CertificateArn,
      context: tagContext(Tags),
    },
  ],
  async commit(tx, ctx, { CertificateArn, Tags }) {
    const one = await needCertificate(tx, ctx, CertificateArn);
    await saveCertificate(tx, { ...one, tags: addedTags(one.tags, Tags) });
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};

/** AWS: a tag with a value goes only if it has that value. */
export const removeTagsFromCertificate: WriteOperation<typeof acm, "RemoveTagsFromCertificate"> = {
  name: "RemoveTagsFromCertificate",
  authorise: ({ CertificateArn = "*", Tags }) => [
    { action: "acm:RemoveTagsFromCertificate", resource: CertificateArn, context: tagContext(Tags) },
  ],
  async commit(tx, ctx, { CertificateArn, Tags = [] }) {
    const one = await needCertificate(tx, ctx, CertificateArn);
    const isGone = ({ key, value }: Tag) =>
      Tags.some(({ Key, Value }) => Key === key && (Value === undefined || Value === value));
    await saveCertificate(tx, { ...one, tags: one.tags.filter((tag) => !isGone(tag)) });
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};

export const listTagsForCertificate: ReadOperation<typeof acm, "ListTagsForCertificate"> = {
  name: "ListTagsForCertificate",
  authorise: ({ CertificateArn = "*" }) => [
    { action: "acm:ListTagsForCertificate", resource: CertificateArn },
  ],
  async read(ctx, { CertificateArn }) {
    const { tags } = await needCertificate(ctx.rows, ctx, CertificateArn);
    return { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
  },
};
