import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExecSession, type Socket } from "../../console/src/exec/exec-session.ts";
import { decodeFrame, encodeFrame } from "../../console/src/exec/frames.ts";
import { decodeMessage, encodeMessage, payloadTypes } from "../../src/edge/exec/agent-message.ts";
import { channelClosed, handshakeComplete, handshakeRequest } from "../../src/edge/exec/handshake.ts";
import { MessageLink } from "../../src/edge/exec/message-link.ts";

const buffer = (bytes: Uint8Array): ArrayBuffer =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;

test("what the browser writes the server reads, and the other way", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.uuid(), fc.uint8Array({ maxLength: 64 }), async (sequence, id, payload) => {
      const frame = { type: "input_stream_data", sequence, id, payloadType: 1, payload };
      const read = decodeMessage(Buffer.from(await encodeFrame(frame, 1_700_000_000_000)));
      expect(read).toMatchObject({ type: "input_stream_data", sequence, id, payloadType: 1 });
      expect([...(read?.payload ?? [])]).toEqual([...payload]);
      const sent = encodeMessage({
        ...{ type: "output_stream_data", createdAt: 1, sequence, flags: 0, id, payloadType: 1 },
        payload: Buffer.from(payload),
      });
      const back = decodeFrame(buffer(sent));
      expect(back).toMatchObject({ type: "output_stream_data", sequence, id, payloadType: 1 });
      expect([...(back?.payload ?? [])]).toEqual([...payload]);
    }),
    { seed: 3, numRuns: 40 },
  );
});

test.each([0, 3, 119, 120, 200])("%i bytes of nothing are no frame", (length) => {
  expect(decodeFrame(new ArrayBuffer(length))).toBeUndefined();
});

/** The server's side of a session over a socket in memory. */
class Server implements Socket {
  binaryType = "";
  readyState = 1;
  readonly typed: string[] = [];
  readonly sizes: string[] = [];
  readonly said: string[] = [];
  readonly link = new MessageLink(() => "00000000-0000-4000-8000-000000000000");
  #hears: Record<string, (event: { readonly data: unknown }) => void> = {};

  addEventListener(kind: string, listener: (event: { readonly data: unknown }) => void): void {
    this.#hears[kind] = listener;
  }
  close(): void {
    this.readyState = 3;
  }
  open(): void {
    this.#hears.open?.({ data: undefined });
  }
  say(payloadType: number, payload: Buffer | string): Buffer {
    const [frame = Buffer.alloc(0)] = this.link.send(payloadType, Buffer.from(payload), 1).frames;
    return frame;
  }
  deliver(frame: Buffer): void {
    this.#hears.message?.({ data: buffer(frame) });
  }
  send(data: string | Uint8Array): void {
    if (typeof data === "string") {
      this.said.push(data);
      return;
    }
    const message = decodeMessage(Buffer.from(data));
    if (message === undefined) throw new Error("no message");
    const { frames, delivered } = this.link.receive(message, 1);
    for (const frame of frames) this.deliver(frame);
    for (const { payloadType, payload } of delivered) {
      if (payloadType === payloadTypes.output) this.typed.push(payload.toString());
      else if (payloadType === payloadTypes.size) this.sizes.push(payload.toString());
      else if (payloadType === payloadTypes.handshakeResponse) this.said.push(payload.toString());
    }
  }
}

describe("a session", () => {
  function begun() {
    const server = new Server();
    let output = "";
    const ends: string[] = [];
    const session = new ExecSession(
      { url: "ws://here/", token: "T" },
      { cols: 80, rows: 24 },
      { output: (bytes) => (output += new TextDecoder().decode(bytes)), end: (why) => ends.push(why) },
      () => server,
    );
    server.open();
    return { server, session, ends, output: () => output };
  }

  test("token, handshake, size, input; output in its order though it comes out of order and twice", async () => {
    const { server, session, output } = begun();
    expect(JSON.parse(server.said[0] ?? "")).toMatchObject({ TokenValue: "T", MessageSchemaVersion: "1.0" });
    const kind = { sessionType: "InteractiveCommands", properties: {} } as const;
    server.deliver(server.say(payloadTypes.handshakeRequest, handshakeRequest(kind, undefined)));
    await expect.poll(() => server.said[1]).toContain('"ActionStatus":1');
    server.deliver(server.say(payloadTypes.handshakeComplete, handshakeComplete(1, "hello")));
    await expect.poll(() => server.sizes).toEqual(['{"cols":80,"rows":24}']);
    session.type("ls\r");
    session.type("\x03");
    session.resize({ cols: 100, rows: 30 });
    await expect.poll(() => server.sizes.length).toBe(2);
    expect(server.typed).toEqual(["ls\r", "\x03"]);
    const [a, b, c] = ["a", "b", "c"].map((text) => server.say(payloadTypes.output, text));
    for (const frame of [c, a, a, b]) server.deliver(frame ?? Buffer.alloc(0));
    expect(output()).toBe("hello\r\nabc");
    await expect.poll(() => server.link.isSettled).toBe(true);
    session.close();
  });

  test("an encrypted session is declined; the end is told once", async () => {
    const { server, ends } = begun();
    const kind = { sessionType: "InteractiveCommands", properties: {} } as const;
    server.deliver(server.say(payloadTypes.handshakeRequest, handshakeRequest(kind, "key")));
    await expect.poll(() => server.said[1]).toContain("The console opens no encrypted sessions.");
    server.deliver(channelClosed("s", "00000000-0000-4000-8000-000000000000", 1, "over"));
    server.deliver(channelClosed("s", "00000000-0000-4000-8000-000000000000", 1, "over"));
    expect(ends).toEqual(["over"]);
    expect(server.readyState).toBe(3);
  });
});
