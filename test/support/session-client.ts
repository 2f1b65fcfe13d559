import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from "node:crypto";
import WebSocket from "ws";

/** What a client is given to open a session with: the answer of StartSession or, in its own words, ExecuteCommand. */
export interface SessionAnswer {
  readonly SessionId: string;
  readonly StreamUrl: string;
  readonly TokenValue: string;
}

export interface SessionClientOptions {
  readonly size?: { readonly cols: number; readonly rows: number };
  /** A data key of 64 bytes from KMS, for sessions that are to be encrypted. */
  readonly dataKey?: (
    keyId: string,
    sessionId: string,
  ) => Promise<{ readonly plain: Buffer; readonly encrypted: Buffer }>;
  /** Hears of output as it comes. */
  readonly onOutput?: (bytes: Buffer) => void;
  /** Hears that a connection to a port came to nothing. */
  readonly onPortError?: () => void;
  /** What it says of itself. */
  readonly version?: string;
  /** Whether a frame of ours is lost on its way. */
  readonly loses?: () => boolean;
}

interface Frame {
  readonly type: string;
  readonly sequence: number;
  readonly id: string;
  readonly payloadType: number;
  readonly payload: Buffer;
}

const kinds = { output: 1, size: 3, handshakeRequest: 5, handshakeResponse: 6, handshakeComplete: 7 };
const challenge = { request: 8, response: 9 };
const flag = 10;

/**
 * A client of sessions as AWS's session-manager-plugin is one: its frames, its handshake, its acknowledgements and its
 * sending again. Written from the observed protocol, apart from the server's code, so that the two check each other.
 */
export class SessionClient {
  readonly sessionId: string;
  /** Resolves with what the end of the session said. */
  readonly closed: Promise<string>;
  output = "";
  notice = "";
  /** What the session is, as the handshake has said. */
  kind = { type: "", properties: {} as Readonly<Record<string, string>> };
  readonly #answer: SessionAnswer;
  readonly #options: SessionClientOptions;
  readonly #clientId = randomUUID();
  readonly #unacknowledged = new Map<number, Buffer>();
  readonly #early = new Map<number, Frame>();
  readonly #waiting = new Set<() => void>();
  #resending: NodeJS.Timeout | undefined;
  #socket: WebSocket | undefined;
  #expected = 0;
  #next = 0;
  #key: Buffer | undefined;
  /** Whether the handshake is complete. */
  #ready = false;
  #over = false;
  #close: (output: string) => void = () => {};

  constructor(answer: SessionAnswer, options: SessionClientOptions = {}) {
    this.#answer = answer;
    this.#options = options;
    this.sessionId = answer.SessionId;
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  /** Opens a socket, the first or the next. @returns when the session has begun, or will not. */
  async open(token = this.#answer.TokenValue): Promise<void> {
    const socket = new WebSocket(this.#answer.StreamUrl);
    this.#socket = socket;
    socket.on("message", (data: Buffer) => this.#hear(data));
    socket.on("error", () => {});
    socket.on("close", () => this.#wake());
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    socket.send(
      JSON.stringify({
        MessageSchemaVersion: "1.0",
        RequestId: randomUUID(),
        TokenValue: token,
        ClientId: this.#clientId,
        ClientVersion: "1.2.0.0",
      }),
    );
    this.#resending ??= setInterval(() => this.#resend(), 100);
    while (!this.#ready && !this.#over && socket.readyState === WebSocket.OPEN) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Resolves when the output has something in it; rejects when the session is over before. */
  async until(pattern: string | RegExp): Promise<string> {
    const found = () =>
      typeof pattern === "string" ? this.output.includes(pattern) : pattern.test(this.output);
    while (!found()) {
      if (this.#over) throw new Error(`the session ended without ${pattern}: ${JSON.stringify(this.output)}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    return this.output;
  }

  /** Resolves when the socket is closed. */
  async disconnected(): Promise<number> {
    const socket = this.#socket;
    while (socket !== undefined && socket.readyState !== WebSocket.CLOSED) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    return 0;
  }

  type(text: string | Buffer): void {
    const bytes = Buffer.from(text);
    for (let from = 0; from < bytes.length; from += 1024) {
      const piece = bytes.subarray(from, from + 1024);
      this.#send(kinds.output, this.#key === undefined ? piece : seal(piece, this.#key.subarray(32)));
    }
  }

  resize(size: { readonly cols: number; readonly rows: number }): void {
    this.#send(kinds.size, json(size));
  }

  /** Asks for the end of the session. */
  terminate(): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(2);
    this.#send(flag, payload);
  }

  /** The network breaks. */
  drop(): void {
    this.#socket?.terminate();
  }

  /** Sends bytes that are no frame, or any other. */
  sendRaw(bytes: Buffer | string): void {
    this.#socket?.send(bytes);
  }

  stop(): void {
    this.#over = true;
    clearInterval(this.#resending);
    this.#socket?.terminate();
    this.#wake();
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }

  #hear(data: Buffer): void {
    const frame = read(data);
    if (frame.type === "acknowledge") {
      const content = JSON.parse(frame.payload.toString()) as {
        readonly AcknowledgedMessageSequenceNumber: number;
      };
      this.#unacknowledged.delete(content.AcknowledgedMessageSequenceNumber);
    } else if (frame.type === "output_stream_data") this.#receive(frame);
    else if (frame.type === "channel_closed") {
      const { Output } = JSON.parse(frame.payload.toString()) as { readonly Output: string };
      this.#close(Output);
      this.stop();
    }
  }

  /** AWS: what is too early is acknowledged and kept, what is too late is dropped without a word. */
  #receive(frame: Frame): void {
    if (frame.sequence < this.#expected) return;
    this.#acknowledge(frame);
    this.#early.set(frame.sequence, frame);
    for (;;) {
      const next = this.#early.get(this.#expected);
      if (next === undefined) return;
      this.#early.delete(this.#expected);
      this.#expected += 1;
      this.#take(next);
    }
  }

  #take({ payloadType, payload }: Frame): void {
    if (payloadType === kinds.handshakeRequest) void this.#shake(payload);
    else if (payloadType === challenge.request && this.#key !== undefined) {
      const { Challenge } = JSON.parse(payload.toString()) as { readonly Challenge: string };
      const plain = unseal(Buffer.from(Challenge, "base64"), this.#key.subarray(0, 32));
      const answer = seal(plain, this.#key.subarray(32)).toString("base64");
      this.#send(challenge.response, json({ Challenge: answer }));
    } else if (payloadType === kinds.handshakeComplete) {
      const { CustomerMessage } = JSON.parse(payload.toString()) as { readonly CustomerMessage: string };
      this.notice = CustomerMessage;
      this.resize(this.#options.size ?? { cols: 80, rows: 24 });
      this.#ready = true;
      this.#wake();
    } else if (payloadType === flag) {
      if (payload.readUInt32BE(0) === 3) this.#options.onPortError?.();
    } else if (payloadType === kinds.output) {
      const plain = this.#key === undefined ? payload : unseal(payload, this.#key.subarray(0, 32));
      this.output += plain.toString("latin1");
      this.#options.onOutput?.(plain);
      this.#wake();
    }
  }

  async #shake(payload: Buffer): Promise<void> {
    const { RequestedClientActions } = JSON.parse(payload.toString()) as {
      readonly RequestedClientActions: readonly {
        readonly ActionType: string;
        readonly ActionParameters: {
          readonly KMSKeyId?: string;
          readonly SessionType?: string;
          readonly Properties?: Readonly<Record<string, string>>;
        };
      }[];
    };
    const processed: object[] = [];
    for (const { ActionType, ActionParameters } of RequestedClientActions) {
      if (ActionType !== "KMSEncryption") {
        const { SessionType = "", Properties = {} } = ActionParameters;
        this.kind = { type: SessionType, properties: Properties };
        processed.push({ ActionType, ActionStatus: 1, ActionResult: null, Error: "" });
        continue;
      }
      const key = await this.#options.dataKey?.(ActionParameters.KMSKeyId ?? "", this.sessionId);
      this.#key = key?.plain;
      const ActionResult = key && { KMSCipherTextKey: key.encrypted.toString("base64") };
      processed.push({ ActionType, ActionStatus: key === undefined ? 2 : 1, ActionResult, Error: "no key" });
    }
    this.#send(
      kinds.handshakeResponse,
      json({
        ClientVersion: this.#options.version ?? "1.2.0.0",
        ProcessedClientActions: processed,
        Errors: null,
      }),
    );
  }

  #send(payloadType: number, payload: Buffer): void {
    const sequence = this.#next++;
    const frame = write("input_stream_data", sequence, 0, payloadType, payload);
    this.#unacknowledged.set(sequence, frame);
    this.#put(frame);
  }

  #acknowledge({ type, id, sequence }: Frame): void {
    const content = {
      AcknowledgedMessageType: type,
      AcknowledgedMessageId: id,
      AcknowledgedMessageSequenceNumber: sequence,
      IsSequentialMessage: true,
    };
    this.#put(write("acknowledge", 0, 3, 0, json(content)));
  }

  #resend(): void {
    const [oldest] = this.#unacknowledged.values();
    if (oldest !== undefined) this.#put(oldest);
  }

  #put(frame: Buffer): void {
    if (this.#options.loses?.() === true || this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(frame);
  }
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

function write(type: string, sequence: number, flags: number, payloadType: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(120);
  head.writeUInt32BE(116, 0);
  head.write(type.padEnd(32), 4, "latin1");
  head.writeUInt32BE(1, 36);
  head.writeBigUInt64BE(BigInt(Date.now()), 40);
  head.writeBigInt64BE(BigInt(sequence), 48);
  head.writeBigUInt64BE(BigInt(flags), 56);
  randomBytes(16).copy(head, 64);
  createHash("sha256").update(payload).digest().copy(head, 80);
  head.writeUInt32BE(payloadType, 112);
  head.writeUInt32BE(payload.length, 116);
  return Buffer.concat([head, payload]);
}

function read(frame: Buffer): Frame {
  const start = frame.readUInt32BE(0) + 4;
  const payload = frame.subarray(start);
  if (frame.readUInt32BE(start - 4) !== payload.length) throw new Error("a frame is cut off");
  if (!createHash("sha256").update(payload).digest().equals(frame.subarray(80, 112))) {
    throw new Error("a frame's digest is wrong");
  }
  return {
    type: frame.toString("latin1", 4, 36).trim(),
    sequence: Number(frame.readBigInt64BE(48)),
    id: idOf(frame.subarray(64, 80)),
    payloadType: frame.readUInt32BE(112),
    payload: Buffer.from(payload),
  };
}

/** The halves of an id are swapped. */
function idOf(bytes: Buffer): string {
  const hex = Buffer.concat([bytes.subarray(8), bytes.subarray(0, 8)]).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function seal(plain: Buffer, key: Buffer): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function unseal(sealed: Buffer, key: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}
