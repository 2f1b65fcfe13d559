import { second } from "../../kernel/duration.ts";
import { type AgentMessage, encodeMessage } from "./agent-message.ts";

/** The most messages that wait for their acknowledgement, or for one before them. AWS: 10,000, of 1,024 bytes. */
const window = 1000;
/** How far ahead of its turn a message may come. */
const ahead = 10_000;
/** The most bytes of messages that came before their turn. Ours. */
const bytesAhead = 4 * 1024 * 1024;
/** AWS: no message is sent more often; then the other side counts as gone. */
const mostTries = 3000;

/** AWS: how long until a message is sent again, in ms, adapted to how long acknowledgements take. */
const firstTimeout = 0.2 * second;
const firstRoundTrip = 0.1 * second;
const longestTimeout = second;
const clockGranularity = 10;

/** A message with data that comes up in its turn. */
export type Delivered = Pick<AgentMessage, "payloadType" | "payload">;

/** What a link wants done. */
export interface LinkOutput {
  /** To be sent, in this order. */
  readonly frames: readonly Buffer[];
  readonly delivered: readonly Delivered[];
}

interface Unacknowledged {
  readonly sequence: number;
  readonly frame: Buffer;
  sentAt: number;
  tries: number;
}

const nothing: LinkOutput = { frames: [], delivered: [] };

/**
 * Both directions of a session's data over a connection that may lose, repeat and reorder, and over the connections
 * that follow when it breaks: each direction is numbered from 0, every message is acknowledged by itself, and is sent
 * again until it is. No I/O and no clock: times, in ms, are given; what is to be done is returned.
 * INVARIANT: data is delivered in the order of its numbers, each once.
 */
export class MessageLink {
  readonly #newId: () => string;
  /** By sequence number, oldest first. */
  readonly #unacknowledged = new Map<number, Unacknowledged>();
  readonly #early = new Map<number, Delivered>();
  #bytesAhead = 0;
  #nextOut = 0;
  #nextIn = 0;
  #roundTrip = firstRoundTrip;
  #variation = 0;
  #timeout = firstTimeout;

  /** @param newId makes UUIDs. */
  constructor(newId: () => string) {
    this.#newId = newId;
  }

  /** Whether more data is to wait until some of what is under way is acknowledged. */
  get isFull(): boolean {
    return this.#unacknowledged.size >= window;
  }

  /** Whether the other side has all that was sent. */
  get isSettled(): boolean {
    return this.#unacknowledged.size === 0;
  }

  /** Whether the other side has not answered for too long. */
  get isLost(): boolean {
    const [oldest] = this.#unacknowledged.values();
    return oldest !== undefined && oldest.tries >= mostTries;
  }

  /** Data that is to go to the other side. */
  send(payloadType: number, payload: Buffer, now: number): LinkOutput {
    const sequence = this.#nextOut++;
    const frame = encodeMessage({
      type: "output_stream_data",
      createdAt: now,
      sequence,
      flags: 0,
      id: this.#newId(),
      payloadType,
      payload,
    });
    this.#unacknowledged.set(sequence, { sequence, frame, sentAt: now, tries: 1 });
    return { frames: [frame], delivered: [] };
  }

  /** A message has come. Those that are neither data nor acknowledgements are nobody's. */
  receive(message: AgentMessage, now: number): LinkOutput {
    if (message.type === "acknowledge") return this.#acknowledged(message, now);
    if (message.type !== "input_stream_data") return nothing;
    const ahead = message.sequence - this.#nextIn;
    if (ahead > 0 && !this.#keep(message)) return nothing;
    // What came again is acknowledged again: the first acknowledgement was lost.
    return {
      frames: [this.#acknowledgement(message, now)],
      delivered: ahead === 0 ? this.#take(message) : [],
    };
  }

  /** Time has passed: what was not acknowledged in time goes out again. The oldest only, as all clients do. */
  tick(now: number): LinkOutput {
    const [oldest] = this.#unacknowledged.values();
    if (oldest === undefined || now - oldest.sentAt < this.#timeout) return nothing;
    oldest.sentAt = now;
    oldest.tries += 1;
    return { frames: [oldest.frame], delivered: [] };
  }

  /** Another connection has taken the place of one that broke: what was under way may be lost. */
  reconnect(now: number): LinkOutput {
    const waiting = [...this.#unacknowledged.values()];
    for (const message of waiting) message.sentAt = now;
    return { frames: waiting.map(({ frame }) => frame), delivered: [] };
  }

  #keep({ sequence, payloadType, payload }: AgentMessage): boolean {
    if (this.#early.has(sequence)) return true;
    if (sequence - this.#nextIn > ahead || this.#bytesAhead + payload.length > bytesAhead) return false;
    // A copy: a frame may be a view of a larger buffer.
    this.#early.set(sequence, { payloadType, payload: Buffer.from(payload) });
    this.#bytesAhead += payload.length;
    return true;
  }

  /** The message whose turn it is, and those that had waited for it. */
  #take({ payloadType, payload }: AgentMessage): readonly Delivered[] {
    const delivered: Delivered[] = [{ payloadType, payload }];
    for (;;) {
      this.#nextIn += 1;
      const next = this.#early.get(this.#nextIn);
      if (next === undefined) return delivered;
      this.#early.delete(this.#nextIn);
      this.#bytesAhead -= next.payload.length;
      delivered.push(next);
    }
  }

  #acknowledged({ payload }: AgentMessage, now: number): LinkOutput {
    const sequence = acknowledgedSequence(payload);
    const message = sequence === undefined ? undefined : this.#unacknowledged.get(sequence);
    if (message === undefined) return nothing;
    this.#unacknowledged.delete(message.sequence);
    // Which of several sendings is acknowledged is not known.
    if (message.tries === 1) this.#measured(now - message.sentAt);
    return nothing;
  }

  #measured(roundTrip: number): void {
    this.#variation = 0.75 * this.#variation + 0.25 * Math.abs(this.#roundTrip - roundTrip);
    this.#roundTrip = 0.875 * this.#roundTrip + 0.125 * roundTrip;
    const wait = this.#roundTrip + Math.max(clockGranularity, 4 * this.#variation);
    this.#timeout = Math.min(longestTimeout, wait);
  }

  #acknowledgement(message: AgentMessage, now: number): Buffer {
    const content = {
      AcknowledgedMessageType: message.type,
      AcknowledgedMessageId: message.id,
      AcknowledgedMessageSequenceNumber: message.sequence,
      IsSequentialMessage: true,
    };
    return encodeMessage({
      type: "acknowledge",
      createdAt: now,
      sequence: 0,
      flags: 3,
      id: this.#newId(),
      payloadType: 0,
      payload: Buffer.from(JSON.stringify(content)),
    });
  }
}

function acknowledgedSequence(payload: Buffer): number | undefined {
  try {
    const content = JSON.parse(payload.toString("utf8")) as {
      readonly AcknowledgedMessageType?: unknown;
      readonly AcknowledgedMessageSequenceNumber?: unknown;
    } | null;
    if (content?.AcknowledgedMessageType !== "output_stream_data") return undefined;
    const sequence = content.AcknowledgedMessageSequenceNumber;
    return typeof sequence === "number" ? sequence : undefined;
  } catch {
    return undefined;
  }
}
