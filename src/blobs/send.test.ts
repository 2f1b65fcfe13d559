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
import { type Part, readFile, readParts, send } from "./send.ts";

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

describe("parts, of files and bytes", () => {
  /** Bytes, a file, a stream of nothing, another stream; how much was told to be taken. */
  function joined() {
    const { fd, stream } = opened(5, 5 + (1 << 20));
    const told: number[] = [];
    const given = [Readable.from([]), Readable.from([Buffer.from("b"), Buffer.from("c")])];
    async function* parts(): AsyncGenerator<Part> {
      yield Buffer.from("a");
      for (const part of [stream, ...given]) {
        let bytes = 0;
        const taken = (more: number): void => {
          bytes += more;
        };
        try {
          yield { stream: part, taken };
        } finally {
          part.destroy();
        }
        told.push(bytes);
      }
    }
    return { fd, told, stream: readParts(parts()) };
  }
  const expected = Buffer.concat([Buffer.from("a"), bytes.subarray(5, 6 + (1 << 20)), Buffer.from("bc")]);

  test.each(["sent", "read"])("are %s one after the other", async (way) => {
    const { fd, told, stream } = joined();
    const to = new Slow();
    if (way === "sent") await send(stream, to);
    const got = way === "sent" ? to.taken : await stream.toArray();
    expect(Buffer.concat(got).equals(expected)).toBe(true);
    expect(told).toEqual([(1 << 20) + 1, 0, 2]);
    await closes(fd);
  });

  test("are left by a reader that breaks, even while it waits for the next", async () => {
    const { fd, stream } = joined();
    await expect(send(stream, new Slow(2))).rejects.toThrow("broken");
    await closes(fd);

    const late = opened();
    let arrive = (): void => undefined;
    const arrival = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    async function* waiting(): AsyncGenerator<Part> {
      yield Buffer.from("a");
      await arrival;
      try {
        yield { stream: late.stream, taken: () => undefined };
      } finally {
        late.stream.destroy();
      }
    }
    const to = new Slow();
    const sent = send(readParts(waiting()), to);
    await expect.poll(() => to.taken.length).toBe(1);
    to.destroy();
    await expect(sent).rejects.toThrow("the reader has gone");
    arrive();
    await closes(late.fd);
  });

  test("that fail break what they are sent to", async () => {
    async function* parts(): AsyncGenerator<Part> {
      yield Buffer.from("a");
      throw new Error("no more");
    }
    const to = new Slow();
    await expect(send(readParts(parts()), to)).rejects.toThrow("no more");
    expect(to.destroyed).toBe(true);
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
