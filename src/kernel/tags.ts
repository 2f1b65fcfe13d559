/** A resource tag as our domain holds it; services render it in their own member names. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** Adds tags to a list: a key that is there already gets the new value and keeps its place. */
export function mergeTags(have: readonly Tag[], add: readonly Tag[]): Tag[] {
  const merged = new Map(have.map((tag) => [tag.key, tag]));
  for (const tag of add) merged.set(tag.key, tag);
  return [...merged.values()];
}

/** Removes the tags of the given keys; keys that are not there are ignored, as AWS does. */
export function withoutTags(have: readonly Tag[], keys: readonly string[]): Tag[] {
  const gone = new Set(keys);
  return have.filter((tag) => !gone.has(tag.key));
}
