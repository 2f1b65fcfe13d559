import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from "node:dgram";
import { rm } from "node:fs/promises";
import { createServer, isIPv6, type Server, type Socket } from "node:net";
import { second } from "../../kernel/duration.ts";
import type { Asker } from "./name-source.ts";
import { createPace, type Pace } from "./pace.ts";
import type { Responder, Transport } from "./responder.ts";

/** Something that listens for questions. */
export interface Listener {
  close(): Promise<void>;
}

/** Connections of one listener, and how long one may be silent, in ms. */
const mostConnections = 256;
const silence = 10 * second;
/** Answers that one connection waits for at once: then it is not read further. */
const mostPending = 64;

/** Answers programs of this machine on a UDP and a TCP port of the same number. */
export async function listenOnPort(
  responder: Responder,
  host: string,
  port: number,
): Promise<Listener & { readonly port: number }> {
  const asker: Asker = { kind: "host" };
  // A port that is free for UDP may be taken for TCP: then another is tried.
  for (let attempt = 0; ; attempt++) {
    const datagrams = await openDatagrams(responder, asker, host, port);
    const bound = datagrams.address().port;
    try {
      const streams = await openStreams(responder, asker, "stream", silence, { host, port: bound });
      return {
        port: bound,
        close: async () => void (await Promise.all([closed(datagrams), streams.close()])),
      };
    } catch (error) {
      await closed(datagrams);
      if (port !== 0 || attempt >= 8) throw error;
    }
  }
}

/**
 * Answers the tasks of a VPC, whose networks lead to two files: one for what came over TCP, and one for datagrams, each
 * framed as a message of a stream.
 */
export async function listenOnFiles(
  responder: Responder,
  asker: Asker,
  files: { readonly tcp: string; readonly udp: string },
): Promise<Listener> {
  await Promise.all([rm(files.tcp, { force: true }), rm(files.udp, { force: true })]);
  const listeners = await Promise.all([
    openStreams(responder, asker, "stream", silence, { path: files.tcp }),
    openStreams(responder, asker, "datagram", 0, { path: files.udp }),
  ]);
  return { close: async () => void (await Promise.all(listeners.map((listener) => listener.close()))) };
}

function openDatagrams(
  responder: Responder,
  asker: Asker,
  host: string,
  port: number,
): Promise<DatagramSocket> {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  const pace = createPace();
  const send = (answer: Buffer | undefined, { port: to, address }: RemoteInfo): void => {
    // What cannot be sent is lost as datagrams are.
    if (answer !== undefined) socket.send(answer, to, address, ignore);
  };
  socket.on("message", (message, from) => {
    if (!admitted(pace, from.address)) return;
    const answer = responder.respond(message, asker, "datagram");
    if (answer instanceof Promise) void answer.then((later) => send(later, from), ignore);
    else send(answer, from);
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ port, address: host, exclusive: true }, () => {
      socket.removeListener("error", reject);
      socket.on("error", ignore);
      resolve(socket);
    });
  });
}

/** Programs of this machine are not made to wait. */
function admitted(pace: Pace, address: string): boolean {
  return address.startsWith("127.") || address === "::1" || pace.admits(address);
}

const ignore = (): void => {};

async function openStreams(
  responder: Responder,
  asker: Asker,
  transport: Transport,
  quietFor: number,
  at: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.setTimeout(quietFor, () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", ignore);
    converse(socket, (message) => responder.respond(message, asker, transport));
  });
  server.maxConnections = mostConnections;
  await listening(server, at);
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listening(server: Server, at: object): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(at, () => {
      server.removeListener("error", reject);
      server.on("error", ignore);
      resolve();
    });
  });
}

/** Reads messages, each after its length (RFC 1035, 4.2.2), and answers them as their answers come (RFC 7766, 6.2.1.1). */
function converse(socket: Socket, respond: (message: Buffer) => ReturnType<Responder["respond"]>): void {
  let held: Buffer = Buffer.alloc(0);
  let pending = 0;
  const write = (answer: Buffer | undefined): void => {
    if (answer === undefined || socket.destroyed) return;
    const size = Buffer.allocUnsafe(2);
    size.writeUInt16BE(answer.length);
    socket.write(Buffer.concat([size, answer]));
  };
  const settle = (answer?: Buffer): void => {
    pending--;
    write(answer);
    if (pending < mostPending && socket.isPaused()) socket.resume();
  };
  socket.on("data", (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const end = 2 + held.readUInt16BE(0);
      const answer = respond(held.subarray(2, end));
      held = held.subarray(end);
      if (!(answer instanceof Promise)) {
        write(answer);
        continue;
      }
      pending++;
      void answer.then(settle, () => settle());
    }
    if (pending >= mostPending || socket.writableNeedDrain) socket.pause();
  });
  socket.on("drain", () => {
    if (pending < mostPending) socket.resume();
  });
}

function closed(socket: DatagramSocket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
