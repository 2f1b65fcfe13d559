import { once } from "node:events";
import type { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ExecStreams } from "./exec-streams.ts";

/** Two sides, joined. The server sends back what it is sent. */
function pair(): { client: ExecStreams; server: ExecStreams } {
  const client = new ExecStreams("client");
  const server = new ExecStreams("server", (stream) => stream.pipe(stream));
  client.pipe(server).pipe(client);
  return { client, server };
}

async function readAll(stream: Duplex, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let read = 0;
  stream.on("data", (piece: Buffer) => {
    pieces.push(piece);
    read += piece.length;
  });
  while (read < length) await turn();
  return Buffer.concat(pieces);
}

test("streams carry what is written to them whole and in order, however many there are and however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 4 }), {
        minLength: 1,
        maxLength: 5,
      }),
      async (wishes) => {
        const { client } = pair();
        await Promise.all(
          wishes.map(async (lengths, n) => {
            const stream = client.open();
            const text = Buffer.concat(lengths.map((length, i) => Buffer.alloc(length, 65 + n + i)));
            const echoed = readAll(stream, text.length);
            let at = 0;
            for (const length of lengths) {
              stream.write(text.subarray(at, at + length));
              at += length;
            }
            expect((await echoed).equals(text)).toBe(true);
            stream.destroy();
          }),
        );
      },
    ),
    { numRuns: 25, seed: 20261122 },
  );
});

test("frames are those of smux: an open, data, an end", async () => {
  const client = new ExecStreams("client");
  const sent: Buffer[] = [];
  client.on("data", (bytes: Buffer) => sent.push(bytes));
  const stream = client.open();
  stream.end("ahoy");
  await turn();
  expect(Buffer.concat(sent).toString("hex")).toBe(
    ["0100000003000000", "0102040003000000", Buffer.from("ahoy").toString("hex"), "0101000003000000"].join(
      "",
    ),
  );
});

test("the end of one side is the end of the other, after what was sent", async () => {
  const client = new ExecStreams("client");
  const server = new ExecStreams("server", (stream) => stream.end("that was all"));
  client.pipe(server).pipe(client);
  const stream = client.open();
  let text = "";
  stream.on("data", (piece: Buffer) => {
    text += piece;
  });
  await once(stream, "end");
  expect(text).toBe("that was all");
  // Lost, and no error.
  stream.write("more");
  stream.end();
  await once(stream, "close");
});

test("a stream that nobody reads holds back the connection, within bounds", async () => {
  const opened: Duplex[] = [];
  const client = new ExecStreams("client");
  const server = new ExecStreams("server", (stream) => opened.push(stream));
  client.pipe(server).pipe(client);
  const stream = client.open();
  let written = 0;
  stream.on("error", () => {});
  for (let i = 0; i < 2000 && stream.writableLength < 16 * 1024 * 1024; i++) {
    stream.write(Buffer.alloc(16 * 1024));
    await turn();
    written += 16 * 1024;
  }
  const taken = written - stream.writableLength;
  expect(taken).toBeGreaterThan(4 * 1024 * 1024 - 100_000);
  expect(taken).toBeLessThan(6 * 1024 * 1024);
  // Once it is read, all of it comes.
  const [other] = opened;
  if (other === undefined) throw new Error("no stream was opened");
  expect((await readAll(other, written)).length).toBe(written);
});

test("a stream that is given up gives back its room", async () => {
  const client = new ExecStreams("client");
  const opened: Duplex[] = [];
  const server = new ExecStreams("server", (stream) => opened.push(stream));
  client.pipe(server).pipe(client);
  for (let round = 0; round < 3; round++) {
    const stream = client.open();
    stream.resume();
    stream.write(Buffer.alloc(3 * 1024 * 1024));
    while (opened.length === 0) await turn();
    const ended = once(stream, "end");
    opened.pop()?.destroy();
    await ended;
    stream.destroy();
  }
  const last = client.open();
  const echoed = new Promise((resolve) => last.once("data", resolve));
  last.write("x");
  while (opened.length === 0) await turn();
  opened[0]?.pipe(opened[0]);
  expect(`${await echoed}`).toBe("x");
});

test.each([
  ["another version", "0200000003000000"],
  ["a command of version 2", "0104080003000000"],
])("is broken by %s", async (_what, hex) => {
  const server = new ExecStreams("server");
  const broken = once(server, "error");
  server.write(Buffer.from(hex, "hex"));
  expect(`${await broken}`).toContain("no frame of smux");
});

test("the other side's streams are bounded", async () => {
  const opened: Duplex[] = [];
  const server = new ExecStreams("server", (stream) => opened.push(stream));
  const sent: Buffer[] = [];
  server.on("data", (bytes: Buffer) => sent.push(bytes));
  for (let i = 0; i < 1001; i++) {
    const frame = Buffer.from("0100000000000000", "hex");
    frame.writeUInt32LE(3 + 2 * i, 4);
    server.write(frame);
  }
  await turn();
  expect(opened).toHaveLength(1000);
  expect(Buffer.concat(sent)).toHaveLength(8);
  server.destroy();
  for (const stream of opened) stream.resume();
});

test("streams end with their connection", async () => {
  const { client, server } = pair();
  const stream = client.open();
  stream.resume();
  const ended = once(stream, "end");
  client.destroy();
  server.destroy();
  await ended;
});

test("a sign of life is answered by the server", async () => {
  const server = new ExecStreams("server");
  const answer = once(server, "data");
  server.write(Buffer.from("0103000000000000", "hex"));
  expect((await answer)[0].toString("hex")).toBe("0103000000000000");
});
