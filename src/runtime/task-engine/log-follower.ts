import { setTimeout as delay } from "node:timers/promises";
import { type ContainerEngine, isEngineError, type LogPiece } from "../engine/port.ts";
import type { LogPosition, LogSink } from "./ports.ts";

/** A line that never ends is cut here, so that it is delivered in parts and never held whole. Bytes. */
const longestLine = 1 << 20;

/** How long the engine may take to end the log of a container that has stopped, in milliseconds. */
const endGrace = 5000;

/** How long until a log that broke off is read again, in milliseconds. */
const retryAfter = 500;

type Stream = LogPiece["stream"];

/**
 * Brings a container's output to its sink, each line once. The engine's own log is read, which has a time on every
 * line: after a break, a restart of the container or one of ours, reading goes on where it was left. What the engine
 * loses at the end of a log that is followed (a last line without its newline) is found by reading once more.
 */
export class LogFollower {
  readonly #engine: ContainerEngine;
  readonly #container: string;
  readonly #sink: LogSink;
  readonly #followed = new AbortController();
  readonly #left = new AbortController();
  readonly #lines: Record<Stream, LineBuffer> = { stdout: new LineBuffer(), stderr: new LineBuffer() };
  readonly #read: Record<Stream, LogPosition> = { stdout: { at: 0, count: 0 }, stderr: { at: 0, count: 0 } };
  /** What a sink before us has delivered; counted down while its lines come by. */
  #resume: { at: number; count: number } | undefined;
  #following: Promise<void> | undefined;
  #wanted = false;

  constructor(engine: ContainerEngine, container: string, sink: LogSink) {
    this.#engine = engine;
    this.#container = container;
    this.#sink = sink;
    this.#resume = sink.resume === undefined ? undefined : { ...sink.resume };
  }

  /** Follows the log until the container stops. It may have been started again before the last end was seen. */
  follow(): void {
    this.#wanted = true;
    this.#following ??= this.#follow();
  }

  /** Delivers what is left of a container that has stopped, and closes the sink. */
  async finish(): Promise<void> {
    if (this.#following !== undefined) {
      const waiting = new AbortController();
      await Promise.race([this.#following, pause(endGrace, waiting.signal)]);
      waiting.abort();
    }
    this.#followed.abort();
    await this.#following;
    await this.#passes(false);
    if (this.#left.signal.aborted) return;
    this.#left.abort();
    for (const stream of ["stdout", "stderr"] as const)
      await this.#deliver(stream, this.#lines[stream].end());
    await this.#sink.close();
  }

  /** Lets go: the process ends, the container runs on. What was read has been handed to the sink. */
  async leave(): Promise<void> {
    if (this.#left.signal.aborted) return;
    this.#left.abort();
    this.#followed.abort();
    await this.#following;
    await this.#sink.close();
  }

  async #follow(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      await this.#passes(true);
    }
    this.#following = undefined;
  }

  /** Reads to the end, beginning again where a broken connection left off. */
  async #passes(follow: boolean): Promise<void> {
    const { signal } = follow ? this.#followed : this.#left;
    while (!signal.aborted && !(await this.#pass(follow, signal))) await pause(retryAfter, signal);
  }

  /** Reads the log from where it was left. @returns whether it came to the end. */
  async #pass(follow: boolean, signal: AbortSignal): Promise<boolean> {
    const skip = { stdout: { ...this.#read.stdout }, stderr: { ...this.#read.stderr } };
    const since = Math.min(this.#read.stdout.at, this.#read.stderr.at);
    const from = Math.floor(Math.max(since, this.#resume?.at ?? 0));
    try {
      const options = { follow, since: from === 0 ? undefined : from, signal };
      for await (const piece of this.#engine.logs(this.#container, options)) {
        if (isBefore(piece, skip[piece.stream])) continue;
        this.#note(piece);
        for (const line of this.#lines[piece.stream].add(piece)) await this.#deliver(piece.stream, [line]);
      }
      return true;
    } catch (error) {
      // A log that the engine cannot read will not be readable later either.
      return isEngineError(error) && !isEngineError(error, "unreachable", "timeout");
    }
  }

  #note({ stream, at }: LogPiece): void {
    const last = this.#read[stream];
    this.#read[stream] = at === last.at ? { at, count: last.count + 1 } : { at, count: 1 };
  }

  async #deliver(stream: Stream, lines: readonly TimedLine[]): Promise<void> {
    for (const { at, bytes } of lines) {
      if (this.#wasDelivered(Math.floor(at))) continue;
      try {
        await this.#sink.write({ stream, at: Math.floor(at), text: bytes.toString("utf8") });
      } catch {
        // A sink tells its own troubles; the next line may fare better.
      }
    }
  }

  #wasDelivered(at: number): boolean {
    if (this.#resume === undefined || at > this.#resume.at) return false;
    return at < this.#resume.at || this.#resume.count-- > 0;
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => {});

/** Whether a piece was read before; counts down those of the very last moment. Times of one stream only grow. */
function isBefore({ at }: LogPiece, read: { at: number; count: number }): boolean {
  return at < read.at || (at === read.at && read.count-- > 0);
}

interface TimedLine {
  readonly at: number;
  readonly bytes: Buffer;
}

/** Joins pieces to lines: the engine cuts lines at 16 KiB. A line has the time of its beginning. */
class LineBuffer {
  #parts: Buffer[] = [];
  #size = 0;
  #at = 0;

  *add({ at, bytes }: LogPiece): Generator<TimedLine> {
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, from)) {
      this.#push(at, bytes.subarray(from, end));
      yield this.#take();
      from = end + 1;
    }
    if (from < bytes.length) this.#push(at, bytes.subarray(from));
    if (this.#size >= longestLine) yield this.#take();
  }

  /** The last line, when it had no newline. */
  end(): readonly TimedLine[] {
    return this.#parts.length === 0 ? [] : [this.#take()];
  }

  #push(at: number, bytes: Buffer): void {
    if (this.#parts.length === 0) this.#at = at;
    this.#parts.push(bytes);
    this.#size += bytes.length;
  }

  #take(): TimedLine {
    const whole = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    const bytes = whole.at(-1) === 0x0d ? whole.subarray(0, -1) : whole;
    return { at: this.#at, bytes };
  }
}
