import { crc32 } from "node:zlib";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import { expect, test } from "vitest";
import { Fault } from "../kernel/fault.ts";
import { contractOf } from "./contract.ts";
import { encodeEvents, eventStreamMember } from "./event-stream.ts";

const { operations } = contractOf(logs);
const member = eventStreamMember(operations.get("StartLiveTail")?.output);

/** A message's headers and payload, once its lengths and checksums are found right. */
function read(message: Buffer): { readonly headers: Record<string, string>; readonly payload: unknown } {
  expect(message.readUInt32BE(0)).toBe(message.length);
  expect(message.readUInt32BE(8)).toBe(crc32(message.subarray(0, 8)));
  expect(message.readUInt32BE(message.length - 4)).toBe(crc32(message.subarray(0, -4)));
  const end = 12 + message.readUInt32BE(4);
  const headers: Record<string, string> = {};
  for (let at = 12; at < end; ) {
    const name = message.toString("utf8", at + 1, at + 1 + message.readUInt8(at));
    at += 1 + name.length;
    const length = message.readUInt16BE(at + 1);
    headers[name] = message.toString("utf8", at + 3, at + 3 + length);
    at += 3 + length;
  }
  return { headers, payload: JSON.parse(message.toString("utf8", end, message.length - 4)) };
}

async function messagesOf(events: AsyncIterable<object>) {
  if (member === undefined) throw new Error("no stream");
  const messages: ReturnType<typeof read>[] = [];
  for await (const message of encodeEvents(member, { responseStream: events })) messages.push(read(message));
  return messages;
}

test("events are messages whose headers tell what they are", async () => {
  const messages = await messagesOf(
    (async function* () {
      yield { sessionStart: { sessionId: "s" } };
      yield { sessionUpdate: { sessionResults: [{ message: "ahoy", unknown: 1 }] } };
    })(),
  );
  expect(messages.map(({ headers, payload }) => [headers[":event-type"], payload])).toEqual([
    ["initial-response", {}],
    ["sessionStart", { sessionId: "s" }],
    ["sessionUpdate", { sessionResults: [{ message: "ahoy" }] }],
  ]);
  expect(messages[1]?.headers).toMatchObject({
    ":message-type": "event",
    ":content-type": "application/json",
  });
});

test("a fault ends the stream as an exception", async () => {
  const messages = await messagesOf(
    (async function* () {
      yield { sessionStart: {} };
      throw new Fault("SessionTimeoutException", "over");
    })(),
  );
  expect(messages.at(-1)).toMatchObject({
    headers: { ":message-type": "exception", ":exception-type": "SessionTimeoutException" },
    payload: { message: "over" },
  });
});

test("an output without a stream has no such member", () => {
  expect(eventStreamMember(operations.get("StartQuery")?.output)).toBeUndefined();
});
