import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogPosition } from "../task-engine/ports.ts";
import { AwslogsSink } from "./awslogs-sink.ts";
import type { LogEvent } from "./log-events.ts";

/** Laws of the awslogs sink, over any output. */

const lines = fc.array(
  fc.record({
    text: fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.constant("BEGIN of an event"),
      fc.integer({ min: 100_000, max: 300_000 }).map((size) => "é".repeat(size)),
    ),
    /** Milliseconds since the line before. */
    later: fc.nat({ max: 2 }),
  }),
  { maxLength: 30 },
);

test.each([
  ["each line is an event", undefined],
  ["a line that matches begins one", /^BEGIN/],
])("nothing is lost, repeated or out of order, and no event is too long: %s", async (_what, beginsEvent) => {
  await fc.assert(
    fc.asyncProperty(lines, fc.boolean(), async (given, blocking) => {
      const batches: (readonly LogEvent[])[] = [];
      let position: LogPosition | undefined;
      const sink = new AwslogsSink({
        deliver: async (events) => void batches.push(events),
        delivered: async (at) => {
          position = at;
        },
        onLoss: () => expect.unreachable("nothing is lost while all is delivered"),
        blocking,
        buffer: 64 * 1024 * 1024,
        ...(beginsEvent !== undefined && { beginsEvent }),
      });
      let at = 1000;
      for (const { text, later } of given) {
        at += later;
        await sink.write({ stream: "stdout", at, text });
      }
      await sink.close();
      const events = batches.flat();
      const whole = (texts: readonly string[]) => texts.join("").replaceAll("\n", "");
      expect(whole(events.map(({ text }) => text))).toBe(whole(given.map(({ text }) => text)));
      for (const batch of batches) {
        expect(batch.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(1_048_576);
        expect(batch.every((one, i) => i === 0 || one.at >= (batch[i - 1]?.at ?? 0))).toBe(true);
      }
      for (const { bytes } of events) expect(bytes).toBeLessThanOrEqual(262_144);
      // The last event says how far the output has come: to the last line, unless that was empty.
      const last = given.at(-1);
      if (last !== undefined && last.text !== "") {
        const atThatMoment = given.length - lastIndexBefore(given);
        expect(position).toEqual({ at, count: atThatMoment });
      }
    }),
    { seed: 20261122, numRuns: 60 },
  );
});

/** How many lines came before the last moment. */
function lastIndexBefore(given: readonly { readonly later: number }[]): number {
  let first = given.length - 1;
  while (first > 0 && given[first]?.later === 0) first--;
  return first;
}
