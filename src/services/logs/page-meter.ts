import type { ReadEvent } from "./events.ts";

/** API Reference, "GetLogEvents" and "FilterLogEvents": the most events of an answer, and its size in bytes. */
const mostEvents = 10_000;
const mostBytes = 1024 * 1024;

/** Counts what goes into one answer: as many events as asked for, up to 1 MiB of them, and always one. */
export class PageMeter {
  readonly #limit: number;
  #events = 0;
  #bytes = 0;

  constructor(limit: number = mostEvents) {
    this.#limit = limit;
  }

  /** Whether the event still fits; if so it is counted. */
  takes({ message }: ReadEvent): boolean {
    const size = Buffer.byteLength(message, "utf8");
    if (this.#events >= this.#limit) return false;
    if (this.#events > 0 && this.#bytes + size > mostBytes) return false;
    this.#events++;
    this.#bytes += size;
    return true;
  }
}
