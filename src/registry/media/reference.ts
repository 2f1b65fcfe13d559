import type { Digest } from "../../kernel/brand.ts";
import { isDigest } from "../../kernel/digest.ts";

/** What follows the last slash of `/v2/<name>/manifests/<reference>`. */
export type Reference = { readonly digest: Digest } | { readonly tag: string };

const namePattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** Whether the text can name a repository (Amazon ECR API Reference, "CreateRepository"): 2 to 256 characters. */
export function isRepositoryName(text: string): boolean {
  return text.length >= 2 && text.length <= 256 && namePattern.test(text);
}

/**
 * Whether the text can be a tag: the alphabet of the OCI distribution-spec ("Pulling manifests"), and Amazon ECR's
 * length of 1 to 300 where the specification stops at 128.
 */
export function isTag(text: string): boolean {
  return /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,299}$/.test(text);
}

/** Reads a tag or a digest; `undefined` when the text is neither. Only digests hold a colon. */
export function parseReference(text: string): Reference | undefined {
  if (isDigest(text)) return { digest: text };
  return isTag(text) ? { tag: text } : undefined;
}
