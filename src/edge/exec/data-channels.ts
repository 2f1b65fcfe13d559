import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { minute, second } from "../../kernel/duration.ts";
import { uuid } from "../../kernel/ids.ts";
import { DataChannel } from "./data-channel.ts";
import { channelClosed } from "./handshake.ts";
import type { ClaimedSession, DataChannelPorts } from "./ports.ts";
import { planSession } from "./session-plan.ts";

/** Where the sockets of sessions are. */
const path = "/v1/data-channel/";

/** The largest frame that a client may send, in bytes: theirs have 1,024 of data. */
const largestFrame = 64 * 1024;
/** How long a client may take to say who it is, and how many may be about it. */
const greetsWithin = 10 * second;
const mostStrangers = 200;
/** What a client may send before it is known. */
const mostEarly = 100;
/** Sessions of one process. Ours. */
const mostSessions = 1000;

const tickEvery = 0.1 * second;
const holdEvery = minute / 2;

/** Ours; what clients show. */
const lostText = "The session was lost: start another one.";
const closingText = "The session ended because Roadstead was stopped.";

/** The sockets of sessions that this process carries. */
export interface DataChannels {
  /** Whether an upgrade is one of a session. */
  takes(request: IncomingMessage): boolean;
  /** Takes an upgrade: opens a socket, whose first words prove that it may be there. Never throws. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  /** Ends a session that is carried here. */
  endSession(id: string): Promise<void>;
  /** Ends all sessions, and says so. */
  close(): Promise<void>;
}

export function createDataChannels(ports: DataChannelPorts): DataChannels {
  const { books, client, log } = ports;
  const server = new WebSocketServer({ noServer: true, maxPayload: largestFrame, perMessageDeflate: false });
  const channels = new Map<string, DataChannel>();
  let strangers = 0;
  let closing = false;
  const ticking = setInterval(() => {
    for (const channel of channels.values()) channel.tick();
  }, tickEvery);
  const holding = setInterval(() => void hold(), holdEvery);
  for (const timer of [ticking, holding]) timer.unref();

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until `ws` has the socket, nobody else would hear of its end.
    socket.on("error", () => socket.destroy());
    const id = idOf(request.url ?? "");
    if (id === undefined || closing || strangers >= mostStrangers || channels.size >= mostSessions) {
      const status = id === undefined ? "404 Not Found" : "503 Service Unavailable";
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    server.handleUpgrade(request, socket, head, (opened) => greet(opened, id));
  }

  /** The first frame is a text with the token; what follows may come before the token is known to be right. */
  function greet(socket: WebSocket, id: string): void {
    const early: RawData[] = [];
    let greeted = false;
    let strange = true;
    strangers += 1;
    const impatient = setTimeout(() => socket.terminate(), greetsWithin);
    const known = (): void => {
      if (strange) strangers -= 1;
      strange = false;
      clearTimeout(impatient);
      socket.off("message", listen);
    };
    const listen = (data: RawData, binary: boolean): void => {
      if (greeted) {
        early.push(data);
        if (early.length > mostEarly) socket.terminate();
        return;
      }
      greeted = true;
      admit(socket, id, binary ? undefined : tokenOf(`${data}`), early)
        .catch((error: unknown) => {
          log.error({ err: error, session: id }, "a session's socket");
          socket.close(1011);
        })
        .finally(known);
    };
    socket.on("message", listen);
    socket.on("error", () => socket.terminate());
    socket.once("close", known);
  }

  async function admit(
    socket: WebSocket,
    id: string,
    token: string | undefined,
    early: readonly RawData[],
  ): Promise<void> {
    const known = token !== undefined && (await client.invoke(books.check, { id, token }));
    const session = known ? await client.invoke(books.claim, { id, token }) : undefined;
    if (session === undefined || closing) return socket.close(1008);
    const channel = channels.get(id) ?? (await open(session));
    if (typeof channel === "string") {
      await refuse(socket, session, channel);
    } else channel.attach(socket, early);
  }

  /** A new channel; the reason, in words for the user, when there can be none. */
  async function open(session: ClaimedSession): Promise<DataChannel | string> {
    // Its command and its numbers are gone with the process that carried it.
    if (session.resumed) return lostText;
    const plan = planSession(session);
    if (typeof plan === "string") return plan;
    const host = await ports.hostOf(session);
    if (host === undefined) return lostText;
    const channel = new DataChannel(ports, session, host, plan, () => channels.delete(session.id));
    channels.set(session.id, channel);
    return channel;
  }

  async function refuse(socket: WebSocket, { id }: ClaimedSession, text: string): Promise<void> {
    socket.send(channelClosed(id, uuid(ports.random), ports.clock.now(), text));
    socket.close(1000);
    await client.invoke(books.end, { id });
  }

  /** Holds what is carried here, ends what was terminated elsewhere, and clears up after processes that are gone. */
  async function hold(): Promise<void> {
    try {
      const ids = [...channels.keys()];
      const held = new Set(await client.invoke(books.hold, { ids }));
      for (const id of ids) if (!held.has(id)) void channels.get(id)?.end("");
      for (const session of await client.invoke(books.takeAbandoned, {})) {
        await (await ports.hostOf(session))?.container.end(session.id);
      }
    } catch (error) {
      log.error({ err: error }, "sessions are looked after");
    }
  }

  return {
    takes: (request) => (request.url ?? "").startsWith(path),
    upgrade,
    endSession: async (id) => channels.get(id)?.end(""),
    async close() {
      closing = true;
      clearInterval(holding);
      await Promise.all([...channels.values()].map((channel) => channel.end(closingText)));
      clearInterval(ticking);
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}

/** The session that an address names; undefined when it names none. */
function idOf(url: string): string | undefined {
  const [, text = ""] = /^\/v1\/data-channel\/([^/?]{1,200})(?:\?.*)?$/.exec(url) ?? [];
  try {
    return decodeURIComponent(text) || undefined;
  } catch {
    return undefined;
  }
}

/** What the first frame of a socket proves itself with. */
function tokenOf(text: string): string | undefined {
  try {
    const greeting = JSON.parse(text) as { readonly TokenValue?: unknown } | null;
    return typeof greeting?.TokenValue === "string" ? greeting.TokenValue : undefined;
  } catch {
    return undefined;
  }
}
