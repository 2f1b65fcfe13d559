import { readPageToken } from "../../kernel/page.ts";
import { invalidParameter } from "./faults.ts";

/**
 * How many results a page has: what the call asks for, or as many as there may be. Throws `InvalidParameterException`.
 * @param largest 100 for most lists of ECS, 10 for account settings and capacity providers.
 */
export function pageSize(maxResults: number | undefined, largest: number): number {
  if (maxResults === undefined) return largest;
  // Captured; the sentence for the other end is ours.
  if (maxResults > largest) throw invalidParameter(`Max results can not be greater than ${largest}`);
  if (maxResults < 1) throw invalidParameter("Max results can not be lesser than 1");
  return maxResults;
}

/** The key after which a page begins, of so many parts. Throws `InvalidParameterException`; the text is ours. */
export function readAfter(token: string | undefined, parts: number): readonly string[] | undefined {
  if (token === undefined || token === "") return undefined;
  const after = readPageToken(token);
  if (after?.length !== parts) throw invalidParameter("Invalid token.");
  return after;
}
