import type { LogLine, LogPosition, LogSink } from "../task-engine/ports.ts";
import { EventJoiner, type LogEvent } from "./log-events.ts";

export interface AwslogsSinkPorts {
  /** Delivers a batch: in order of time, within what one call may hold. A rejection loses it. */
  readonly deliver: (events: readonly LogEvent[]) => Promise<void>;
  /** Hears how far the output is delivered. */
  readonly delivered: (position: LogPosition) => Promise<void>;
  /** Hears that events were lost, and why. */
  readonly onLoss: (count: number, cause: unknown) => void;
  readonly beginsEvent?: RegExp;
  readonly blocking: boolean;
  /** Bytes that may wait for delivery. */
  readonly buffer: number;
  /** What was delivered before a restart. */
  readonly resume?: LogPosition;
}

/** API Reference, "PutLogEvents": bytes, events, and milliseconds from the first to the last. */
const largestBatch = { bytes: 1_048_576, events: 10_000, span: 24 * 3_600_000 };
/** How long an event waits for others, in ms. AWS waits five seconds; nobody who follows a log likes to. */
const patience = 250;
/** How long an event of several lines waits for the next line, in ms. */
const linePatience = 1000;

/**
 * Gathers the output of one container and delivers it in batches, one at a time and in order. `close` delivers what is
 * left, so the last line is never lost.
 */
export class AwslogsSink implements LogSink {
  readonly resume?: LogPosition;
  readonly #ports: AwslogsSinkPorts;
  readonly #joiner: EventJoiner;
  #queue: LogEvent[] = [];
  #bytes = 0;
  #dropped = 0;
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(ports: AwslogsSinkPorts) {
    this.#ports = ports;
    this.resume = ports.resume;
    this.#joiner = new EventJoiner(ports.beginsEvent, ports.resume ?? { at: 0, count: 0 });
  }

  write(line: LogLine): Promise<void> | void {
    this.#enqueue(this.#joiner.add(line));
    const { blocking, buffer } = this.#ports;
    if (
      this.#bytes >= largestBatch.bytes ||
      this.#bytes >= buffer ||
      this.#queue.length >= largestBatch.events
    ) {
      const sent = this.#send();
      return blocking && this.#bytes >= buffer ? sent : undefined;
    }
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#enqueue(this.#joiner.end());
        void this.#send();
      },
      this.#joiner.open ? linePatience : patience,
    );
    return undefined;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#enqueue(this.#joiner.end());
    await this.#send();
    if (this.#dropped > 0) this.#ports.onLoss(this.#dropped, new Error("the buffer of the log was full"));
    this.#dropped = 0;
  }

  #enqueue(events: readonly LogEvent[]): void {
    for (const event of events) {
      // AWS: a non-blocking log loses what does not fit; one event always does.
      const full = this.#bytes > 0 && this.#bytes + event.bytes > this.#ports.buffer;
      if (full && !this.#ports.blocking) {
        this.#dropped++;
        continue;
      }
      this.#queue.push(event);
      this.#bytes += event.bytes;
    }
  }

  /** Sends until nothing waits. INVARIANT: one batch at a time, so a stream's events arrive in order. */
  #send(): Promise<void> {
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      const last = batch.at(-1);
      try {
        await this.#ports.deliver([...batch].sort((a, b) => a.at - b.at));
      } catch (error) {
        this.#ports.onLoss(batch.length, error);
      }
      // What still waits may take more of the buffer now.
      for (const { bytes } of batch) this.#bytes -= bytes;
      if (last !== undefined) await this.#ports.delivered(last.position).catch(() => undefined);
    }
  }

  #takeBatch(): readonly LogEvent[] {
    const start = this.#queue[0]?.at ?? 0;
    let bytes = 0;
    let count = 0;
    for (const event of this.#queue) {
      bytes += event.bytes;
      const fits =
        bytes <= largestBatch.bytes &&
        count < largestBatch.events &&
        Math.abs(event.at - start) < largestBatch.span / 2;
      if (!fits) break;
      count++;
    }
    return this.#queue.splice(0, Math.max(count, 1));
  }
}
