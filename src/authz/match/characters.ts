/**
 * What the matcher reads of a text: UTF-16 units one at a time, as AWS counts them (`?` is one unit).
 * A string is one; a test hands in one that counts the reads.
 */
export type Characters = Pick<string, "length" | "charCodeAt">;
