import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { type Part, readParts } from "../../blobs/send.ts";
import type { ByteRange } from "../../blobs/types.ts";

/** Bytes of the newest end that are kept in memory: readers who keep up need no disk. */
const windowSize = 4 << 20;
/** How often a reader looks whether the store has written what left the window, in ms. */
const patience = 20;

interface Piece {
  readonly at: number;
  readonly bytes: Buffer;
}

/**
 * A layer that is still arriving, read by many at once, each at its own pace: the newest bytes from memory, the older
 * ones from where they are stored. Nobody waits for a slow reader, and a reader who leaves is not missed.
 *
 * INVARIANT: the last byte is given only after the whole has been held against its digest, so that whoever reads to the
 * end has the right bytes, and whoever reads wrong ones sees the stream break.
 */
export class GrowingLayer {
  readonly #stored: (range: ByteRange) => Promise<Readable>;
  readonly #window: Piece[] = [];
  #windowBytes = 0;
  #end = 0;
  #state: "arriving" | "complete" | { readonly failure: unknown } = "arriving";
  #waiting: (() => void)[] = [];

  /** @param stored reads what the store has of a range: all of it, a part, or nothing yet. */
  constructor(stored: (range: ByteRange) => Promise<Readable>) {
    this.#stored = stored;
  }

  /** Bytes that have arrived. */
  get received(): number {
    return this.#end;
  }

  /** Takes the next bytes. They are not copied. */
  append(bytes: Buffer): void {
    this.#window.push({ at: this.#end, bytes });
    this.#windowBytes += bytes.length;
    this.#end += bytes.length;
    for (let [oldest] = this.#window; oldest !== undefined; [oldest] = this.#window) {
      if (this.#windowBytes - oldest.bytes.length < windowSize) break;
      this.#windowBytes -= oldest.bytes.length;
      this.#window.shift();
    }
    this.#wake();
  }

  /** Everything is here and verified; what is not in the window is, or soon will be, stored. */
  complete(): void {
    this.#state = "complete";
    this.#wake();
  }

  /** It will not come, or not be kept: the stream of every reader who is still reading breaks. */
  fail(failure: unknown): void {
    this.#state = { failure };
    this.#wake();
  }

  /** The bytes, or a part of them, as they come. */
  read(range?: ByteRange): Readable {
    const { first, last } = range ?? { first: 0, last: Number.POSITIVE_INFINITY };
    return readParts(this.#parts(first, last));
  }

  async *#parts(first: number, last: number): AsyncGenerator<Part> {
    let at = first;
    const taken = (bytes: number): void => {
      at += bytes;
    };
    for (;;) {
      if (typeof this.#state === "object") throw this.#state.failure;
      const complete = this.#state === "complete";
      const stop = complete ? Math.min(this.#end, last + 1) : Math.min(this.#end - 1, last);
      if (at < stop) {
        const oldest = this.#window[0]?.at ?? this.#end;
        if (at < oldest) {
          const from = at;
          const stream = await this.#stored({ first: at, last: Math.min(stop, oldest) - 1 });
          try {
            yield { stream, taken };
          } finally {
            stream.destroy();
          }
          // The store writes in large pieces: what left the window may not be there yet.
          if (at === from) await Promise.race([this.#change(), wait(patience)]);
        } else {
          for (const bytes of this.#held(at, stop)) {
            at += bytes.length;
            yield bytes;
          }
        }
      } else if (complete) {
        return;
      } else {
        await this.#change();
      }
    }
  }

  /** What the window has of a range. */
  *#held(at: number, stop: number): Generator<Buffer> {
    // A copy of the list: while the reader is away with one piece, the window moves on.
    const pieces = this.#window.slice(indexAt(this.#window, at));
    for (const piece of pieces) {
      if (piece.at >= stop) return;
      const from = Math.max(0, at - piece.at);
      yield piece.bytes.subarray(from, Math.min(piece.bytes.length, stop - piece.at));
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Which of the pieces, in order, holds a byte. */
function indexAt(pieces: readonly Piece[], at: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pieces[middle]?.at ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
