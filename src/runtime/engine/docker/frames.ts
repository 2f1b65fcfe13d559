import { EngineError, type LogPiece } from "../port.ts";

/** A piece of one of a container's two streams. */
export interface Frame {
  readonly stream: "stdout" | "stderr";
  readonly bytes: Buffer;
}

/** The engine writes frames of at most 16 KiB and a time; what claims to be much longer is no frame. */
const maxFrame = 1 << 20;

/**
 * Takes frames apart: one byte for the stream (1 out, 2 err), three zeros, the length in four bytes, the bytes. Docker
 * Engine API v1.41, "Attach to a container", "Stream format".
 */
export async function* demultiplex(source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const part of source) {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
    let at = 0;
    while (rest.length - at >= 8) {
      const length = rest.readUInt32BE(at + 4);
      if (length > maxFrame) throw new EngineError("server", `a frame of ${length} bytes`);
      if (rest.length - at - 8 < length) break;
      const bytes = rest.subarray(at + 8, at + 8 + length);
      yield { stream: rest[at] === 2 ? "stderr" : "stdout", bytes };
      at += 8 + length;
    }
    rest = rest.subarray(at);
  }
}

/**
 * Output of a container with a terminal, which has no frames: cut into lines, of at most 1 MiB.
 */
export async function* lines(source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const part of source) {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
    for (let end = rest.indexOf(0x0a); end !== -1 || rest.length > maxFrame; end = rest.indexOf(0x0a)) {
      const size = end === -1 ? maxFrame : end + 1;
      yield { stream: "stdout", bytes: rest.subarray(0, size) };
      rest = rest.subarray(size);
    }
  }
  if (rest.length > 0) yield { stream: "stdout", bytes: rest };
}

/** Reads JSON values, one a line. */
export async function* jsonLines(source: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  for await (const { bytes } of lines(source)) {
    const text = bytes.toString("utf8").trim();
    if (text !== "") yield JSON.parse(text);
  }
}

/**
 * The time that the engine wrote in front of a piece (`2026-11-22T08:00:00.123456789Z `), and the piece. Epoch ms with
 * a fraction; a piece without a time is of `before`.
 */
export function timed({ stream, bytes }: Frame, before: number): LogPiece {
  const space = bytes.indexOf(0x20);
  const at = space > 0 && space < 40 ? parseTime(bytes.toString("latin1", 0, space)) : undefined;
  return at === undefined ? { stream, at: before, bytes } : { stream, at, bytes: bytes.subarray(space + 1) };
}

/**
 * A time in the engine's words, RFC 3339 with up to nine digits, as epoch ms with a fraction. Undefined for what is no
 * time and for the zero of Go's clock, by which the engine means "never".
 */
export function parseTime(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null || text.startsWith("0001-")) return undefined;
  const seconds = Date.parse(`${match[1]}${match[3]}`);
  return Number.isNaN(seconds) ? undefined : seconds + Number(`0${match[2] ?? ""}`) * 1000;
}
