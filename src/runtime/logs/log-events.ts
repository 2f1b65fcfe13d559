import type { LogLine, LogPosition } from "../task-engine/ports.ts";

/** An event that waits for delivery. */
export interface LogEvent {
  /** Epoch ms, by the engine's clock. */
  readonly at: number;
  readonly text: string;
  /** As CloudWatch Logs counts it. */
  readonly bytes: number;
  /** How far the output is delivered once this event is. */
  readonly position: LogPosition;
}

/** API Reference, "PutLogEvents": what each event counts besides its message. Bytes. */
const eventOverhead = 26;
/** CloudWatch Logs quotas: the largest event, 256 KiB with its overhead. */
const largestText = 262_144 - eventOverhead;

/** Cuts a text in pieces that fit into events, between characters. AWS: an empty line is no event. */
function cutText(text: string): readonly string[] {
  if (text === "") return [];
  if (Buffer.byteLength(text) <= largestText) return [text];
  const bytes = Buffer.from(text);
  const pieces: string[] = [];
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(from + largestText, bytes.length);
    // A byte 10xxxxxx goes on with the character before it.
    while (to < bytes.length && ((bytes[to] ?? 0) & 0xc0) === 0x80) to--;
    pieces.push(bytes.subarray(from, to).toString("utf8"));
    from = to;
  }
  return pieces;
}

/** Joins lines to events: a line that matches begins one, what follows belongs to it. */
export class EventJoiner {
  readonly #begins: RegExp | undefined;
  #at = 0;
  #lines: string[] = [];
  #size = 0;
  #position: LogPosition;

  /** @param position how far the output was delivered before. */
  constructor(begins: RegExp | undefined, position: LogPosition) {
    this.#begins = begins;
    this.#position = position;
  }

  /** Whether an event is open, which more lines may belong to. */
  get open(): boolean {
    return this.#lines.length > 0;
  }

  /** Takes a line; answers the events that it completes. */
  add({ at, text }: LogLine): readonly LogEvent[] {
    const { at: last, count } = this.#position;
    const position = at === last ? { at, count: count + 1 } : { at, count: 1 };
    const size = Buffer.byteLength(text) + 1;
    const begins = this.#begins === undefined || this.#begins.test(text);
    const full = this.#size + size > largestText;
    const done = begins || full ? this.end() : [];
    if (!this.open) this.#at = at;
    this.#lines.push(text);
    this.#size += size;
    this.#position = position;
    return this.#begins === undefined ? [...done, ...this.end()] : done;
  }

  /** The event that is open, whole as it is. */
  end(): readonly LogEvent[] {
    if (!this.open) return [];
    const text = this.#lines.join("\n");
    this.#lines = [];
    this.#size = 0;
    return cutText(text).map((piece) => ({
      at: this.#at,
      text: piece,
      bytes: Buffer.byteLength(piece) + eventOverhead,
      position: this.#position,
    }));
  }
}
