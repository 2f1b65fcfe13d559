/** The alphabet of tags (OCI distribution-spec, "Pulling manifests"). */
const alphabet = "[a-zA-Z0-9_][a-zA-Z0-9._-]*";
const syntax = new RegExp(`^${alphabet}$`);

/** Characters of the longest tag: ECR takes more than the 128 of the OCI distribution-spec. */
const longest = 300;

/** Whether the text can be the tag of an image. */
export function isImageTag(text: string): boolean {
  return text.length <= longest && syntax.test(text);
}

/** What ECR says to a tag that can be none: the constraint of its message. */
export const imageTagConstraint = `must satisfy regular expression '${alphabet}'`;
