import { dateToUtcString } from "@smithy/core/serde";
import type { TimestampFormat } from "./shape.ts";

/**
 * Text forms of scalars, shared by forms, XML, headers and URIs. Readers answer `undefined` for text that is not of
 * the type; the caller knows which fault its protocol raises.
 */

const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
// RFC 3339 with the time zone required, fractions of any length and an offset.
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)$/;
const imfDate = /^[A-Z][a-z]{2,8}, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d(\.\d+)? GMT$/;

/** A decimal number, or one of Smithy's words for the values that decimals cannot write. */
export function readNumber(text: string): number | undefined {
  switch (text) {
    case "NaN":
      return Number.NaN;
    case "Infinity":
      return Number.POSITIVE_INFINITY;
    case "-Infinity":
      return Number.NEGATIVE_INFINITY;
  }
  return decimal.test(text) ? Number(text) : undefined;
}

/** `true` or `false`, in any case. */
export function readBoolean(text: string): boolean | undefined {
  if (text === "true") return true;
  if (text === "false") return false;
  const lower = text.toLowerCase();
  return lower === "true" ? true : lower === "false" ? false : undefined;
}

/** Seconds since the epoch, RFC 3339 or an HTTP date, whichever it is: AWS accepts more than the trait says. */
export function readTimestamp(text: string): Date | undefined {
  if (decimal.test(text)) return readEpochSeconds(Number(text));
  if (rfc3339.test(text) || imfDate.test(text)) {
    const date = new Date(text);
    return Number.isNaN(date.getTime()) ? undefined : date;
  }
  return undefined;
}

/** Whole milliseconds; `undefined` for what no date can hold. */
export function readEpochSeconds(seconds: number): Date | undefined {
  const date = new Date(Math.round(seconds * 1000));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Standard base64, padded or not. Anything else, even one stray character, is refused. */
export function readBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  const end = text.endsWith("==") ? text.length - 2 : text.endsWith("=") ? text.length - 1 : text.length;
  // Buffer skips what is not base64, so a stray character shows as a missing byte.
  return bytes.length === Math.floor((end * 3) / 4) && end % 4 !== 1 ? bytes : undefined;
}

/** A time in the given form; RFC 3339 has milliseconds only when there are some. */
export function writeTimestamp(date: Date, format: TimestampFormat): string {
  switch (format) {
    case "date-time":
      return date.toISOString().replace(".000Z", "Z");
    case "http-date":
      return dateToUtcString(date);
    case "epoch-seconds":
      return String(date.getTime() / 1000);
  }
}

/** Bytes, or the UTF-8 of text, in standard base64. */
export function writeBase64(bytes: unknown): string {
  if (typeof bytes === "string") return Buffer.from(bytes, "utf8").toString("base64");
  if (Buffer.isBuffer(bytes)) return bytes.toString("base64");
  if (bytes instanceof Uint8Array) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  }
  throw new TypeError("a blob is bytes or text");
}
