import type { ByteRange } from "../blobs/types.ts";

const rangeOfBytes = /^bytes=(\d{0,15})-(\d{0,15})$/;

/**
 * Reads a `Range` header for content of `size` bytes (RFC 9110, section 14).
 * @returns the bytes to send; `"whole"` when the header is absent or is to be ignored (not one range of bytes);
 * `"unsatisfiable"` for 416. A range whose end lies before its start is unsatisfiable, as the conformance suite of
 * the distribution-spec expects (the RFC would have it ignored).
 */
export function readRange(header: string | undefined, size: number): ByteRange | "whole" | "unsatisfiable" {
  if (header === undefined) return "whole";
  const match = rangeOfBytes.exec(header);
  if (match === null) return "whole";
  const [, from = "", to = ""] = match;
  if (from === "" && to === "") return "whole";
  if (from === "") {
    const length = Math.min(Number(to), size);
    return length === 0 ? "unsatisfiable" : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  return first >= size || last < first ? "unsatisfiable" : { first, last };
}

const rangeOfChunk = /^(?:bytes )?(\d{1,15})-(\d{1,15})(?:\/(?:\d{1,15}|\*))?$/;

/**
 * Reads the `Content-Range` of a chunk: `<first>-<last>` (distribution-spec, "Pushing a blob in chunks"), or the
 * same as RFC 9110 writes it. @returns `undefined` when it is neither, or ends before it starts.
 */
export function readContentRange(header: string): ByteRange | undefined {
  const [, from, to] = rangeOfChunk.exec(header) ?? [];
  if (from === undefined || to === undefined) return undefined;
  const range = { first: Number(from), last: Number(to) };
  return range.last < range.first ? undefined : range;
}

/** The `Range` header that says how much of an upload has arrived; `0-0` also when nothing has, as docker's does. */
export function receivedRange(received: number): string {
  return `0-${Math.max(0, received - 1)}`;
}
