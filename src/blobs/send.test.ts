import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, pipeline, Readable, Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Keystream, newSalt } from "./keystream.ts";
import { readFile, send } from "./send.ts";

const folder = mkdtempSync(join(tmpdir(), "roadstead-send-"));
const path = join(folder, "bytes");
const bytes = randomBytes((5 << 20) + 12_345);
writeFileSync(path, bytes);
afterAll(() => rmSync(folder, { recursive: true }));

/** Open, read from the first to the last byte. */
function opened(start = 0, end = Number.POSITIVE_INFINITY) {
  const fd = openSync(path, "r");
  return { fd, stream: readFile({ fd, start, end }) };
}

/** Until the descriptor is closed. */
const closes = (fd: number) => expect.poll(() => isOpen(fd), { timeout: 10_000 }).toBe(false);
function isOpen(fd: number): boolean {
  try {
    return fstatSync(fd).size === bytes.length;
  } catch {
    return false;
  }
}

/** Takes what is written, slowly and late: whoever used a buffer again too early would be seen. */
class Slow extends Writable {
  readonly taken: Buffer[] = [];
  readonly #breakAfter: number;
  constructor(breakAfter = Number.POSITIVE_INFINITY) {
    super({ highWaterMark: 1 });
    this.#breakAfter = breakAfter;
  }
  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    setImmediate(() => {
      this.taken.push(Buffer.from(chunk));
      done(this.taken.length > this.#breakAfter ? new Error("broken") : undefined);
    });
  }
}

describe("a file is sent", () => {
  test.each([
    [0, Number.POSITIVE_INFINITY],
    [0, 0],
    [5, 5 + (1 << 20)],
    [bytes.length - 1, bytes.length - 1],
    [bytes.length - 100, bytes.length + 100],
  ])("from byte %d to %d, whole and in order, by many at once", async (start, end) => {
    const all = Array.from({ length: 5 }, async () => {
      const { fd, stream } = opened(start, end);
      const to = new Slow();
      await send(stream, to);
      expect(Buffer.concat(to.taken).equals(bytes.subarray(start, end + 1))).toBe(true);
      await closes(fd);
    });
    await Promise.all(all);
  });

  test("as far as a reader goes that breaks, and its descriptor is closed", async () => {
    const { fd, stream } = opened();
    await expect(send(stream, new Slow(3))).rejects.toThrow("broken");
    await closes(fd);
  });

  test("not to one that has gone before", async () => {
    const { fd, stream } = opened();
    const to = new Slow();
    to.destroy();
    await expect(send(stream, to)).rejects.toThrow();
    expect(to.taken).toEqual([]);
    await closes(fd);
  });

  test("and read by others as any stream", async () => {
    const { fd, stream } = opened(10, 19);
    expect(Buffer.concat(await stream.toArray()).equals(bytes.subarray(10, 20))).toBe(true);
    await closes(fd);
  });

  test.each([
    [0, Number.POSITIVE_INFINITY],
    [17, 17 + (1 << 20)],
  ])("from byte %d to %d decrypted, whether it is sent or read", async (start, end) => {
    const keys = [randomBytes(32), randomBytes(32)] as const;
    const salt = newSalt();
    const expected = new Keystream(keys, salt, start).apply(bytes.subarray(start, end + 1));
    const encrypted = () => {
      const fd = openSync(path, "r");
      return { fd, stream: readFile({ fd, start, end, keystream: new Keystream(keys, salt, start) }) };
    };
    const [one, other, unread] = [encrypted(), encrypted(), encrypted()];
    const to = new Slow();
    await send(one.stream, to);
    expect(Buffer.concat(to.taken).equals(expected)).toBe(true);
    expect(Buffer.concat(await other.stream.toArray()).equals(expected)).toBe(true);
    unread.stream.destroy();
    for (const { fd } of [one, other, unread]) await closes(fd);
  });

  test("while what is no file is piped", async () => {
    const to = new Slow();
    await send(Readable.from([Buffer.from("not "), Buffer.from("a file")]), to);
    expect(Buffer.concat(to.taken).toString()).toBe("not a file");
    await expect(send(Readable.from(failing()), new Slow())).rejects.toThrow("no more");
  });
});

function* failing() {
  yield Buffer.from("some");
  throw new Error("no more");
}

describe("over HTTP", () => {
  let server: Server;
  const descriptors: number[] = [];
  const ends: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const { fd, stream } = opened();
      const through = () => pipeline(stream, new PassThrough(), () => undefined);
      const sent = request.url === "/piped" ? through() : stream;
      descriptors.push(fd);
      response.writeHead(200, { "content-length": bytes.length });
      send(sent, response).then(
        () => ends.push("sent"),
        () => ends.push("broken"),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => server.close());
  const port = () => (server.address() as AddressInfo).port;

  test("the bytes are those of the file", async () => {
    const answer = await fetch(`http://127.0.0.1:${port()}/`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(readFileSync(path))).toBe(true);
  });

  test.each(["/", "/piped"])(
    "a client that asks for many %s at once and goes away leaves nothing open",
    async (path) => {
      const socket = connect(port(), "127.0.0.1");
      await once(socket, "connect");
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(4));
      await once(socket, "data");
      socket.destroy();
      await expect.poll(() => ends.length, { timeout: 10_000 }).toBe(descriptors.length);
      for (const fd of descriptors) await closes(fd);
    },
  );
});
