import WebSocket from "ws";
import { type SigningKeys, signedHeaders } from "./signing.ts";

/** A message of a socket. */
export interface SocketMessage {
  readonly type: string;
  readonly message: Readonly<Record<string, unknown>>;
}

/** What a socket is opened with, and who hears of it. */
export interface AgentSocketOptions {
  /** Asked at each opening: its query may change. */
  readonly url: () => URL;
  readonly region: string;
  /** The keys of this moment. */
  readonly keys: () => SigningKeys;
  readonly now: () => number;
  /** Whether each message goes out signed: on the telemetry socket. */
  readonly signed: boolean;
  readonly onOpen: (socket: WebSocket) => void;
  /** Left out where whoever hears of the opening takes the socket as it is. */
  readonly onMessage?: (message: SocketMessage) => void;
  /** The instance is not known any more: there is no use in trying again soon. */
  readonly onInactive: () => void;
}

const shortestWait = 250;
const longestWait = 120_000;
/** AWS: how long an agent whose instance is inactive waits before it tries again. */
const inactiveWait = 3_600_000;

/** After these the other side is there again at once (observed of the Amazon ECS agent). */
const ordinary: ReadonlySet<number> = new Set([1000, 1001, 1006, 1011]);

/** How long a socket may be silent on which the other side gives a sign of life every half a minute. */
const longestSilence = 100_000;

/** Gives up a socket on which nothing is heard: the other side may be gone without a word. */
export function hangUpInSilence(socket: WebSocket): void {
  let silent: NodeJS.Timeout | undefined;
  const heard = (): void => {
    clearTimeout(silent);
    silent = setTimeout(() => socket.terminate(), longestSilence);
  };
  heard();
  for (const sign of ["ping", "message"]) socket.on(sign, heard);
  socket.once("close", () => clearTimeout(silent));
}

/** A socket of an agent, opened again whenever it closes. */
export class AgentSocket {
  readonly #options: AgentSocketOptions;
  #socket: WebSocket | undefined;
  #url: URL | undefined;
  #wait = shortestWait;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: AgentSocketOptions) {
    this.#options = options;
  }

  open(): void {
    if (this.#stopped) return;
    const { region, keys, now } = this.#options;
    const url = this.#options.url();
    const { host: _own, ...headers } = signedHeaders(url, region, keys(), now());
    const socket = new WebSocket(address(url), { headers, perMessageDeflate: false });
    this.#socket = socket;
    this.#url = url;
    let opened = false;
    socket.on("open", () => {
      opened = true;
      this.#wait = shortestWait;
      this.#options.onOpen(socket);
    });
    if (this.#options.onMessage !== undefined) socket.on("message", (data) => this.#hear(`${data}`));
    socket.on("unexpected-response", (_request, response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => this.#refused(Buffer.concat(chunks).toString("utf8")));
    });
    socket.on("error", () => socket.terminate());
    socket.on("close", (code) => {
      if (this.#timer === undefined) this.#openLater(opened && ordinary.has(code) ? 0 : this.#backoff());
    });
  }

  /** Sends a message, if the socket is open. */
  send(type: string, message: object): void {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#url === undefined) return;
    const text = JSON.stringify({ type, message });
    this.#socket.send(this.#options.signed ? this.#sign(this.#url, text) : text);
  }

  close(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1000, "ConnectionExpired: Reconnect to continue");
    this.#socket?.terminate();
  }

  #sign(url: URL, text: string): string {
    const { region, keys, now } = this.#options;
    const lines = Object.entries(signedHeaders(url, region, keys(), now(), text));
    return `${lines.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n${text}`;
  }

  #hear(text: string): void {
    const heard = parsed(text);
    if (heard !== undefined) this.#options.onMessage?.(heard);
  }

  #refused(body: string): void {
    const inactive = parsed(body)?.type === "InactiveInstanceException";
    if (inactive) this.#options.onInactive();
    this.#openLater(inactive ? inactiveWait : this.#backoff());
  }

  #backoff(): number {
    const wait = this.#wait;
    this.#wait = Math.min(longestWait, wait * 1.5);
    return wait;
  }

  #openLater(ms: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.open();
    }, ms);
  }
}

function address(url: URL): string {
  return url.href.replace(/^http/, "ws");
}

function parsed(text: string): SocketMessage | undefined {
  try {
    const { type, message } = JSON.parse(text) as Partial<SocketMessage>;
    return typeof type === "string" && typeof message === "object" && message !== null
      ? { type, message }
      : undefined;
  } catch {
    return undefined;
  }
}
