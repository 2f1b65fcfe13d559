import { decodeFrame, encodeFrame, type Frame } from "./frames.ts";

/** What the payload of a data message is. */
const payloads = {
  output: 1,
  size: 3,
  handshakeRequest: 5,
  handshakeResponse: 6,
  handshakeComplete: 7,
  flag: 10,
} as const;
const terminate = Uint8Array.of(0, 0, 0, 2);

/** How long until a message goes out again, in ms, and how often that is looked at. */
const resendAfter = 1_000;
/** AWS: how much input goes in one message, in bytes. */
const pieceLength = 1_024;

/** Of a terminal, in characters. */
export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

/** Where a session is opened, as ExecuteCommand answers. */
export interface SessionAddress {
  readonly url: string;
  readonly token: string;
}

export interface SessionEvents {
  /** What the container wrote. */
  output(bytes: Uint8Array): void;
  /** It is over. @param why what the end says of itself; may be empty. */
  end(why: string): void;
}

/** The part of a WebSocket that a session needs. */
export interface Socket {
  binaryType: string;
  readonly readyState: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(kind: "open" | "close", listener: () => void): void;
  addEventListener(kind: "message", listener: (event: { readonly data: unknown }) => void): void;
}

const open = 1;
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/**
 * A client of one session of ECS Exec: a terminal here, a command in a container there (AWS Systems Manager,
 * "session-manager-plugin": what it speaks). Each direction is numbered; every message is acknowledged, and sent again
 * until it is.
 */
export class ExecSession {
  readonly #socket: Socket;
  readonly #events: SessionEvents;
  readonly #unacknowledged = new Map<number, { readonly bytes: Uint8Array<ArrayBuffer>; sentAt: number }>();
  readonly #early = new Map<number, Frame>();
  readonly #timer: ReturnType<typeof setInterval>;
  #size: TerminalSize;
  #nextOut = 0;
  #nextIn = 0;
  #ready = false;
  #over = false;
  /** Frames are hashed one after the other, so they go out in their order. */
  #sending: Promise<void> = Promise.resolve();

  constructor(address: SessionAddress, size: TerminalSize, events: SessionEvents, socketTo = browserSocket) {
    this.#events = events;
    this.#size = size;
    this.#socket = socketTo(address.url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.addEventListener("open", () => {
      this.#socket.send(
        JSON.stringify({
          MessageSchemaVersion: "1.0",
          RequestId: newId(),
          TokenValue: address.token,
          ClientId: newId(),
          ClientVersion: "1.2.0.0",
        }),
      );
    });
    this.#socket.addEventListener("message", ({ data }) => {
      const frame = data instanceof ArrayBuffer ? decodeFrame(data) : undefined;
      if (frame !== undefined) this.#hear(frame);
    });
    this.#socket.addEventListener("close", () => this.#end("The connection was lost."));
    this.#timer = setInterval(() => this.#resend(), resendAfter);
  }

  /** What the person typed. */
  type(text: string): void {
    const bytes = new TextEncoder().encode(text);
    for (let from = 0; from < bytes.length; from += pieceLength) {
      this.#send(payloads.output, bytes.subarray(from, from + pieceLength));
    }
  }

  resize(size: TerminalSize): void {
    this.#size = size;
    if (this.#ready) this.#send(payloads.size, json({ cols: size.cols, rows: size.rows }));
  }

  /** Ends the session from here. */
  close(): void {
    if (this.#over) return;
    this.#send(payloads.flag, terminate);
    void this.#sending.then(() => this.#end(""));
  }

  #hear(frame: Frame): void {
    if (frame.type === "acknowledge") {
      const sequence = textOf(frame, "AcknowledgedMessageSequenceNumber");
      if (typeof sequence === "number") this.#unacknowledged.delete(sequence);
    } else if (frame.type === "channel_closed") {
      const output = textOf(frame, "Output");
      this.#end(typeof output === "string" ? output : "");
    } else if (frame.type === "output_stream_data") {
      this.#acknowledge(frame);
      if (frame.sequence >= this.#nextIn) this.#early.set(frame.sequence, frame);
      for (;;) {
        const next = this.#early.get(this.#nextIn);
        if (next === undefined) return;
        this.#early.delete(this.#nextIn++);
        this.#take(next);
      }
    }
  }

  #take(frame: Frame): void {
    if (frame.payloadType === payloads.output) this.#events.output(frame.payload);
    else if (frame.payloadType === payloads.handshakeRequest) this.#shake(frame);
    else if (frame.payloadType === payloads.handshakeComplete) {
      const notice = textOf(frame, "CustomerMessage");
      if (typeof notice === "string" && notice !== "")
        this.#events.output(new TextEncoder().encode(`${notice}\r\n`));
      this.#ready = true;
      this.resize(this.#size);
    }
  }

  /** Says what it can. It has no key of KMS: a session that must be encrypted is not for it. */
  #shake(frame: Frame): void {
    const asked = textOf(frame, "RequestedClientActions");
    const actions = Array.isArray(asked) ? (asked as readonly { readonly ActionType?: string }[]) : [];
    const processed = actions.map(({ ActionType }) =>
      ActionType === "SessionType"
        ? { ActionType, ActionStatus: 1, ActionResult: null, Error: "" }
        : {
            ActionType,
            ActionStatus: 2,
            ActionResult: null,
            Error: "The console opens no encrypted sessions.",
          },
    );
    this.#send(
      payloads.handshakeResponse,
      json({ ClientVersion: "1.2.0.0", ProcessedClientActions: processed, Errors: null }),
    );
  }

  #acknowledge({ type, id, sequence }: Frame): void {
    const content = {
      AcknowledgedMessageType: type,
      AcknowledgedMessageId: id,
      AcknowledgedMessageSequenceNumber: sequence,
      IsSequentialMessage: true,
    };
    this.#queue(async () => {
      const frame = { type: "acknowledge", sequence: 0, id: newId(), payloadType: 0, payload: json(content) };
      this.#put(await encodeFrame(frame, Date.now()));
    });
  }

  #send(payloadType: number, payload: Uint8Array): void {
    if (this.#over) return;
    const sequence = this.#nextOut++;
    this.#queue(async () => {
      const frame = { type: "input_stream_data", sequence, id: newId(), payloadType, payload };
      const bytes = await encodeFrame(frame, Date.now());
      this.#unacknowledged.set(sequence, { bytes, sentAt: Date.now() });
      this.#put(bytes);
    });
  }

  #resend(): void {
    const [oldest] = this.#unacknowledged.values();
    if (oldest === undefined || Date.now() - oldest.sentAt < resendAfter) return;
    oldest.sentAt = Date.now();
    this.#put(oldest.bytes);
  }

  #queue(work: () => Promise<void>): void {
    this.#sending = this.#sending.then(work);
  }

  #put(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === open) this.#socket.send(bytes);
  }

  #end(why: string): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#timer);
    this.#socket.close();
    this.#events.end(why);
  }
}

/** Opens it where the page came from, by whatever name that was: the page may call nowhere else. */
function browserSocket(url: string): Socket {
  const { pathname, search } = new URL(url);
  const { protocol, host } = window.location;
  return new WebSocket(`${protocol === "https:" ? "wss" : "ws"}://${host}${pathname}${search}`);
}

/** A UUID. `crypto.randomUUID` is only there for pages over HTTPS or on this machine. */
function newId(): string {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})/, "$1-$2-4$3-8$4-");
}

/** A member of a payload of JSON. */
function textOf({ payload }: Frame, member: string): unknown {
  try {
    const content: unknown = JSON.parse(new TextDecoder().decode(payload));
    return typeof content === "object" && content !== null
      ? (content as Readonly<Record<string, unknown>>)[member]
      : undefined;
  } catch {
    return undefined;
  }
}
