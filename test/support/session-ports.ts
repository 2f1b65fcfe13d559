import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { SessionClient } from "./session-client.ts";

const lengthOfHead = 8;
const frames = { open: 0, end: 1, data: 2 };

/**
 * The ports of AWS's session-manager-plugin: each connection is a stream of smux, version 1, within the data of the
 * session. Written from the observed protocol, apart from the server's code.
 */
export class SessionPorts {
  readonly #client: SessionClient;
  readonly #connections = new Map<number, Socket>();
  #next = 3;
  #rest: Buffer = Buffer.alloc(0);

  constructor(client: SessionClient) {
    this.#client = client;
  }

  /** Listens as the plugin does. @param port any free one when it is 0. @returns the port. */
  async listen(port: number): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => this.connect(socket));
    server.listen(port, "localhost");
    await once(server, "listening");
    void this.#client.closed.then(() => {
      server.close();
      for (const socket of this.#connections.values()) socket.destroy();
    });
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Leads a connection through the session. */
  connect(socket: Socket): void {
    const id = this.#next;
    this.#next += 2;
    this.#connections.set(id, socket);
    this.#put(frames.open, id);
    const end = (): void => {
      if (this.#connections.delete(id)) this.#put(frames.end, id);
    };
    socket.on("data", (bytes) => {
      for (let at = 0; at < bytes.length; at += 32_768) {
        this.#put(frames.data, id, bytes.subarray(at, at + 32_768));
      }
    });
    socket.on("end", end);
    socket.on("close", end);
    socket.on("error", () => socket.destroy());
  }

  /** Data of the session has come. */
  hear(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= lengthOfHead) {
      const end = lengthOfHead + this.#rest.readUInt16LE(2);
      if (this.#rest.length < end) return;
      if (this.#rest[0] !== 1) throw new Error("not version 1 of smux");
      const socket = this.#connections.get(this.#rest.readUInt32LE(4));
      if (this.#rest[1] === frames.data) socket?.write(this.#rest.subarray(lengthOfHead, end));
      if (this.#rest[1] === frames.end) socket?.end();
      this.#rest = this.#rest.subarray(end);
    }
  }

  #put(command: number, id: number, data: Buffer = Buffer.alloc(0)): void {
    const head = Buffer.alloc(lengthOfHead);
    head.set([1, command]);
    head.writeUInt16LE(data.length, 2);
    head.writeUInt32LE(id, 4);
    this.#client.type(Buffer.concat([head, data]));
  }
}
