import fc from "fast-check";
import { expect, test } from "vitest";
import { createMemoryEngine } from "../engine/memory/memory-engine.ts";
import { type ContainerEngine, EngineError, type LogPiece } from "../engine/port.ts";
import { LogFollower } from "./log-follower.ts";
import type { LogLine, LogPosition, LogSink } from "./ports.ts";

/** An engine whose log of every container is `written`; it breaks off at the given piece of its first readings. */
function engineWith(written: readonly LogPiece[], breaks: number[]): ContainerEngine {
  return Object.assign(createMemoryEngine({ now: () => 0 }), {
    async *logs(_id: string, { since = 0 }: { since?: number }) {
      const breakAt = breaks.shift() ?? Number.POSITIVE_INFINITY;
      for (const [index, piece] of written.entries()) {
        if (index === breakAt) throw new EngineError("timeout", "the connection broke");
        if (piece.at >= since) yield piece;
      }
    },
  });
}

/** Takes lines until it has `limit`; knows how far it came, as a log group does. */
function sinkOf(got: LogLine[], limit: number, resume?: LogPosition) {
  let position = resume;
  const sink: LogSink = {
    resume,
    write(line) {
      if (got.length >= limit) return;
      got.push(line);
      position = { at: line.at, count: position?.at === line.at ? position.count + 1 : 1 };
    },
    close: async () => {},
  };
  return { sink, position: () => position };
}

/** Lines with their newline, the last perhaps without; several in one millisecond, some in two pieces. */
const output = fc
  .array(fc.record({ wait: fc.constantFrom(0, 0, 0.25, 1), split: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((drawn) => {
    let at = 1000;
    return drawn.flatMap(({ wait, split }, index): LogPiece[] => {
      at += wait;
      const end = index === drawn.length - 1 ? "" : "\n";
      const parts = split ? [`line ${index}`, `!${end}`] : [`line ${index}!${end}`];
      return parts.map((text) => ({ stream: "stdout", at, bytes: Buffer.from(text) }));
    });
  });

test("every line comes once and in order, whatever breaks and whenever another process goes on", async () => {
  await fc.assert(
    fc.asyncProperty(
      output,
      fc.nat(12),
      fc.array(fc.nat(8), { maxLength: 1 }),
      async (written, cut, breaks) => {
        const got: LogLine[] = [];
        const first = sinkOf(got, cut);
        await new LogFollower(engineWith(written, []), "c", first.sink).finish();
        const second = sinkOf(got, Number.POSITIVE_INFINITY, first.position());
        const follower = new LogFollower(engineWith(written, [...breaks]), "c", second.sink);
        follower.follow();
        await follower.finish();
        const count = written.filter(({ bytes }) => bytes.includes("!")).length;
        expect(got.map(({ text }) => text)).toEqual(
          Array.from({ length: count }, (_, index) => `line ${index}!`),
        );
      },
    ),
    { numRuns: 25, seed: 7 },
  );
});

test("a sink that fails does not end the reading", async () => {
  const got: string[] = [];
  const written: LogPiece[] = ["a\n", "b\n"].map((text) => ({
    stream: "stderr",
    at: 1,
    bytes: Buffer.from(text),
  }));
  const sink: LogSink = {
    write({ text }) {
      if (text === "a") throw new Error("not this one");
      got.push(text);
    },
    close: async () => {},
  };
  await new LogFollower(engineWith(written, []), "c", sink).finish();
  expect(got).toEqual(["b"]);
});
