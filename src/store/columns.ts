import { type ColumnDataType, type Expression, sql } from "kysely";
import type { Dialect } from "./types.ts";

/**
 * Column types that read and sort alike on both databases.
 *
 * The rest of the rules: booleans are `flag` (0 or 1), JSON is `json` (text made by `JSON.stringify`), a prefix is
 * asked for with a range and never with `LIKE` (its case rules differ), and a conflict is met with
 * `on conflict … returning` and never by catching an error (PostgreSQL gives up the transaction at its first error).
 */

type ColumnType = ColumnDataType | Expression<unknown>;

/** Text in a key or an `order by`: compared byte by byte on both databases, so that keyset pages agree. */
export function keyText(dialect: Dialect): ColumnType {
  return dialect === "postgresql" ? sql`text collate "C"` : "text";
}

/** Raw bytes, read and written as `Buffer`. */
export function bytes(dialect: Dialect): ColumnType {
  return dialect === "postgresql" ? "bytea" : "blob";
}

/** A time in milliseconds since the epoch, a count or a size: a JavaScript number on both databases. */
export const integer = "bigint" satisfies ColumnDataType;

/** 0 or 1. */
export const flag = "integer" satisfies ColumnDataType;

/** A document as `JSON.stringify` made it. */
export const json = "text" satisfies ColumnDataType;
