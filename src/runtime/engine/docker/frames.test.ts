import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDockerHost } from "./connection.ts";
import { demultiplex, type Frame, jsonLines, lines, parseTime, timed } from "./frames.ts";
import { splitReference } from "./reference.ts";

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of source) found.push(one);
  return found;
}

function framed({ stream, bytes }: Frame): Buffer {
  const head = Buffer.alloc(8);
  head[0] = stream === "stderr" ? 2 : 1;
  head.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
}

const frames = fc.array(
  fc.record({
    stream: fc.constantFrom("stdout" as const, "stderr" as const),
    bytes: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 8 },
);

describe("what an engine streams", () => {
  test("frames are the same however the network cuts them", async () => {
    await fc.assert(
      fc.asyncProperty(frames, fc.integer({ min: 1, max: 50 }), async (sent, size) => {
        const got = await all(demultiplex(pieces(Buffer.concat(sent.map(framed)), size)));
        expect(got.map(({ stream, bytes }) => [stream, bytes.toString("hex")])).toEqual(
          sent.map(({ stream, bytes }) => [stream, bytes.toString("hex")]),
        );
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  test("a frame that claims to be huge is refused, not waited for", async () => {
    const head = Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    await expect(all(demultiplex(pieces(head, 8)))).rejects.toThrow("a frame of 4294967295 bytes");
  });

  test("lines and JSON of a terminal and of events, the last without its newline", async () => {
    const text = Buffer.from("one\ntwo\nthree");
    expect((await all(lines(pieces(text, 2)))).map(({ bytes }) => bytes.toString())).toEqual([
      "one\n",
      "two\n",
      "three",
    ]);
    expect(await all(jsonLines(pieces(Buffer.from('{"a":1}\r\n\r\n{"b":2}'), 3)))).toEqual([
      { a: 1 },
      { b: 2 },
    ]);
  });

  test.each([
    ["2026-11-22T08:00:00Z", Date.UTC(2026, 10, 22, 8)],
    ["2026-11-22T08:00:00.123456789Z", Date.UTC(2026, 10, 22, 8) + 123.456789],
    ["2026-11-22T08:00:00.5+01:00", Date.UTC(2026, 10, 22, 7) + 500],
    ["0001-01-01T00:00:00Z", undefined],
    ["yesterday", undefined],
  ])("the time %s", (text, expected) => {
    const at = parseTime(text);
    if (expected === undefined) expect(at).toBeUndefined();
    else expect(at).toBeCloseTo(expected, 3);
  });

  test("a piece without a time has the one before", () => {
    const bytes = Buffer.from("just words");
    expect(timed({ stream: "stdout", bytes }, 7)).toEqual({ stream: "stdout", at: 7, bytes });
  });
});

test.each([
  ["unix:///var/run/docker.sock", { socketPath: "/var/run/docker.sock" }],
  ["tcp://10.0.0.1:2375", { host: "10.0.0.1", port: 2375 }],
  ["tcp://host", { host: "host", port: 2375 }],
  ["tcp://[::1]:99", { host: "::1", port: 99 }],
  ["unix://relative", undefined],
  ["ssh://host", undefined],
])("DOCKER_HOST %s", (text, expected) => {
  expect(parseDockerHost(text)).toEqual(expected);
});

test.each([
  ["busybox", "busybox", "latest"],
  ["host:5000/app", "host:5000/app", "latest"],
  ["host:5000/app:v1", "host:5000/app", "v1"],
  ["app:v1@sha256:ab", "app", "sha256:ab"],
])("the reference %s", (reference, name, tag) => {
  expect(splitReference(reference)).toEqual({ name, tag });
});
