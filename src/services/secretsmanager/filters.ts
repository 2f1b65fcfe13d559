import type { Filter } from "@aws-sdk/client-secrets-manager";
import type { Secret } from "./secret.ts";

/** Whether a secret passes all filters ("Filter", API Reference): in each, one value that matches is enough. */
export function passes(secret: Secret, filters: readonly Filter[]): boolean {
  return filters.every(({ Key: key = "all", Values: values = [] }) => passesOne(secret, key, values));
}

function passesOne(secret: Secret, key: string, values: readonly string[]): boolean {
  const negated = values.filter((value) => value.startsWith("!")).map((value) => value.slice(1));
  const wanted = values.filter((value) => !value.startsWith("!"));
  const matches = (value: string) => matchesValue(secret, key, value);
  return !negated.some(matches) && (wanted.length === 0 || wanted.some(matches));
}

/** AWS: names and tags match by their beginning with regard to case, descriptions by words and without. */
function matchesValue(secret: Secret, key: string, value: string): boolean {
  switch (key) {
    case "name":
      return secret.name.startsWith(value);
    case "description":
      return hasWords(secret.description, value);
    case "tag-key":
      return secret.tags.some((tag) => tag.key.startsWith(value));
    case "tag-value":
      return secret.tags.some((tag) => tag.value.startsWith(value));
    case "primary-region":
      return (secret.primaryRegion ?? secret.region).startsWith(value);
    case "owning-service":
      return secret.owner?.startsWith(value) === true;
    default:
      return (
        hasWords(secret.name, value) ||
        hasWords(secret.description, value) ||
        secret.tags.some((tag) => hasWords(tag.key, value) || hasWords(tag.value, value))
      );
  }
}

/** Whether each word asked for begins a word of the text. */
function hasWords(text: string | undefined, wanted: string): boolean {
  if (text === undefined) return false;
  const words = wordsOf(text);
  return wordsOf(wanted).every((word) => words.some((one) => one.startsWith(word)));
}

function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[\s/_+=.@!-]+/)
    .filter((word) => word !== "");
}
