import fc from "fast-check";
import { expect, test } from "vitest";
import { eventsOf, type ServerEvent } from "../../console/src/aws/event-lines.ts";

const text =
  ': hello\n\nevent: change\ndata: {"a":"ä"}\n\ndata: 1\ndata: 2\n\nevent: none\n\n: beat\n\nevent: cut';
const events: readonly ServerEvent[] = [
  { event: "change", data: '{"a":"ä"}' },
  { event: "message", data: "1\n2" },
];

test("events are read however the bytes are cut", async () => {
  const bytes = new TextEncoder().encode(text);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const [index, edge] of edges.slice(1).entries())
            controller.enqueue(bytes.slice(edges[index], edge));
          controller.close();
        },
      });
      const read: ServerEvent[] = [];
      for await (const event of eventsOf(stream)) read.push(event);
      expect(read).toEqual(events);
    }),
    { seed: 7, numRuns: 50 },
  );
});
