import { createHash } from "node:crypto";
import { badNextToken } from "./faults.ts";

/** Where an event stands among those of its group: by time, then by stream, batch, and place in the batch. */
export interface Position {
  readonly timestamp: number;
  readonly stream: string;
  readonly number: number;
  readonly index: number;
}

/** Orders two positions. Streams compare by code unit, as names that are equal do on both databases. */
export function comparePositions(a: Position, b: Position): number {
  return (
    a.timestamp - b.timestamp ||
    (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0) ||
    a.number - b.number ||
    a.index - b.index
  );
}

/** An event's id: 56 digits that differ for every event of a group and grow with time. */
export function eventId({ timestamp, stream, number, index }: Position): string {
  const ofStream = createHash("sha256").update(stream).digest().readUIntBE(0, 6) % 10 ** 14;
  const digits = (value: number, width: number) => String(value).padStart(width, "0");
  return `3${digits(timestamp, 18)}${digits(ofStream, 14)}${digits(number, 17)}${digits(index, 6)}`;
}

/** Which way a page of a stream goes, and from where. */
export interface StreamToken {
  readonly direction: "forward" | "backward";
  /** The event beyond which the page begins; in between when no such event is there. */
  readonly position: Omit<Position, "stream">;
}

/** AWS: `f/<digits>/s` goes forward, `b/<digits>/s` backward. */
export function streamToken({ direction, position }: StreamToken): string {
  const digits = (value: number, width: number) => String(value).padStart(width, "0");
  const { timestamp, number, index } = position;
  return `${direction === "forward" ? "f" : "b"}/3${digits(timestamp, 19)}${digits(number, 18)}${digits(index, 18)}/s`;
}

/** Reads a token of GetLogEvents. Throws `InvalidParameterException`. */
export function readStreamToken(token: string): StreamToken {
  const found = /^([fb])\/3(\d{19})(\d{18})(\d{18})\/s$/.exec(token);
  if (found === null) throw badNextToken();
  const [, way, timestamp, number, index] = found;
  const position = { timestamp: Number(timestamp), number: Number(number), index: Number(index) };
  if (!Object.values(position).every(Number.isSafeInteger)) throw badNextToken();
  return { direction: way === "f" ? "forward" : "backward", position };
}

/** The token of a FilterLogEvents page: the last event that was looked at. */
export function filterToken({ timestamp, stream, number, index }: Position): string {
  return Buffer.from(JSON.stringify([timestamp, stream, number, index]), "utf8").toString("base64url");
}

/** Reads a token of FilterLogEvents. Throws `InvalidParameterException`. */
export function readFilterToken(token: string): Position {
  try {
    const [timestamp, stream, number, index] = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (typeof stream === "string" && [timestamp, number, index].every(Number.isSafeInteger)) {
      return { timestamp, stream, number, index };
    }
  } catch {
    // Not base64url of a list: not ours.
  }
  throw badNextToken();
}
