/** Whether an `If-None-Match` header names the entity tag of a digest. */
export function hasEntityTag(ifNoneMatch: string | undefined, digest: string): boolean {
  return ifNoneMatch !== undefined && (ifNoneMatch.trim() === "*" || ifNoneMatch.includes(entityTag(digest)));
}

/** The entity tag of content that its digest names. */
export function entityTag(digest: string): string {
  return `"${digest}"`;
}
