/** The last part of an ARN: a cluster's or service's name, a task's id. */
export function lastPart(arn: string | undefined): string {
  return arn?.slice(Math.max(arn.lastIndexOf("/"), arn.lastIndexOf(":")) + 1) ?? "";
}

/** `family:revision` of a task definition's ARN. */
export function definitionName(arn: string | undefined): string {
  return arn?.slice(arn.lastIndexOf("/") + 1) ?? "";
}

/** Lists in pieces: the describing operations take so many at once. */
export function pieces<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const found: (readonly Item[])[] = [];
  for (let at = 0; at < items.length; at += size) found.push(items.slice(at, at + size));
  return found;
}
