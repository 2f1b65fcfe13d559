import type { Digest } from "../kernel/brand.ts";
import { isDigest, isSha256 } from "../kernel/digest.ts";
import { Fault } from "../kernel/fault.ts";
import { imageTagConstraint, isImageTag } from "../services/ecr/images/image-tag.ts";
import type { Manners } from "./manners.ts";

const anyDigest = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;
const uploadIdentity = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const repositoryName = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** Whether the text can name a repository (Amazon ECR API Reference, "CreateRepository"): 2 to 256 characters. */
export function isRepositoryName(text: string): boolean {
  return text.length >= 2 && text.length <= 256 && repositoryName.test(text);
}

/** Whether the text has the shape of an upload's id: a UUID in lower case. */
export function isUploadId(text: string): boolean {
  return uploadIdentity.test(text);
}

/** A digest that a client gave. Throws `DIGEST_INVALID`, also for algorithms that the registry does not take. */
export function digestOf(text: string | null, { sha512 }: Pick<Manners, "sha512">): Digest {
  if (text !== null && (isSha256(text) || (sha512 && isDigest(text)))) return text;
  throw new Fault(
    "DIGEST_INVALID",
    text !== null && anyDigest.test(text)
      ? `The digest must be sha256 with 64 lower-case hex digits${sha512 ? ", or sha512 with 128" : ""}`
      : "The digest is missing or not well-formed",
  );
}

/** A tag that a client gave. Throws `TAG_INVALID`. */
export function tagOf(text: string): string {
  if (isImageTag(text)) return text;
  throw new Fault(
    "TAG_INVALID",
    `Invalid parameter at 'imageTag' failed to satisfy constraint: '${imageTagConstraint}'`,
  );
}

/**
 * A tag or digest that a client gave to name a manifest. Throws `DIGEST_INVALID` for what means to be a digest and
 * is none of ours, `TAG_INVALID` for the rest.
 */
export function manifestReference(text: string, manners: Pick<Manners, "sha512">): string {
  return text.includes(":") ? digestOf(text, manners) : tagOf(text);
}
