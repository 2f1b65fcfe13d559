import fc from "fast-check";
import { expect, test } from "vitest";
import { type AgentMessage, decodeMessage, encodeMessage, type MessageType } from "./agent-message.ts";

const message: fc.Arbitrary<AgentMessage> = fc.record({
  type: fc.constantFrom<MessageType>(
    "input_stream_data",
    "output_stream_data",
    "acknowledge",
    "channel_closed",
  ),
  createdAt: fc.integer({ min: 1, max: 4e12 }),
  sequence: fc.nat(),
  flags: fc.nat(3),
  id: fc.uuid(),
  payloadType: fc.nat(12),
  payload: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
});

test("what is written is read", () => {
  fc.assert(
    fc.property(message, (written) => {
      expect(decodeMessage(encodeMessage(written))).toEqual(written);
    }),
    { seed: 6, numRuns: 200 },
  );
});

test("the header is where AWS's agent and plugin have it", () => {
  const frame = encodeMessage({
    type: "input_stream_data",
    createdAt: 0x0102,
    sequence: 3,
    flags: 1,
    id: "00112233-4455-4677-8899-aabbccddeeff",
    payloadType: 3,
    payload: Buffer.from("{}"),
  });
  expect(frame.length).toBe(122);
  expect(frame.readUInt32BE(0)).toBe(116);
  expect(frame.toString("latin1", 4, 36)).toBe("input_stream_data".padEnd(32));
  expect(frame.readUInt32BE(36)).toBe(1);
  expect(frame.readBigUInt64BE(40)).toBe(0x0102n);
  expect(frame.readBigInt64BE(48)).toBe(3n);
  expect(frame.readBigUInt64BE(56)).toBe(1n);
  expect(frame.toString("hex", 64, 80)).toBe("8899aabbccddeeff0011223344554677");
  // SHA-256 of "{}".
  expect(frame.toString("hex", 80, 112)).toBe(
    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  );
  expect(frame.readUInt32BE(112)).toBe(3);
  expect(frame.readUInt32BE(116)).toBe(2);
});

test("type names end with zeros too", () => {
  const frame = encodeMessage({
    type: "acknowledge",
    createdAt: 1,
    sequence: 0,
    flags: 3,
    id: "00112233-4455-4677-8899-aabbccddeeff",
    payloadType: 0,
    payload: Buffer.alloc(0),
  });
  frame.fill(0, 4 + "acknowledge".length, 36);
  expect(decodeMessage(frame)?.type).toBe("acknowledge");
});

test("a frame that was changed anywhere is another message, or none", () => {
  fc.assert(
    fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, place, change) => {
      const frame = encodeMessage(written);
      const at = place % frame.length;
      frame[at] = (frame[at] ?? 0) ^ change;
      const read = decodeMessage(frame);
      if (at >= 120 || (at >= 80 && at < 112)) {
        // An empty payload has no digest to be wrong.
        if (written.payload.length > 0) expect(read).toBeUndefined();
      } else if (read !== undefined) expect(read.payload).toEqual(written.payload);
    }),
    { seed: 7, numRuns: 500 },
  );
});

test("anything else is none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(decodeMessage(Buffer.from(bytes))).toBeUndefined();
    }),
    { seed: 8, numRuns: 500 },
  );
});
