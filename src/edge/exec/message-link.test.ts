import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AgentMessage, decodeMessage, payloadTypes } from "./agent-message.ts";
import { type LinkOutput, MessageLink } from "./message-link.ts";

/** When everything begins, epoch ms: no message is dated 0. */
const t0 = 1_000_000;
let ids = 0;
const newId = () => `00000000-0000-4000-8000-${(++ids).toString(16).padStart(12, "0")}`;
const piece = (n: number) => Buffer.from(`piece ${n}`);

function input(sequence: number, payload = piece(sequence)): AgentMessage {
  return {
    type: "input_stream_data",
    createdAt: 1,
    sequence,
    flags: 0,
    id: newId(),
    payloadType: payloadTypes.output,
    payload,
  };
}

const read = ({ frames }: LinkOutput) => frames.map((frame) => decodeMessage(frame));
const texts = ({ delivered }: LinkOutput) => delivered.map(({ payload }) => `${payload}`);

/** What the other side says of a frame of ours. */
function acknowledgement(frame: Buffer): AgentMessage {
  const { sequence, id, type } = decodeMessage(frame) ?? input(-1);
  const content = {
    AcknowledgedMessageType: type,
    AcknowledgedMessageId: id,
    AcknowledgedMessageSequenceNumber: sequence,
    IsSequentialMessage: true,
  };
  return { ...input(0, Buffer.from(JSON.stringify(content))), type: "acknowledge", flags: 3 };
}

describe("what comes in", () => {
  test("is delivered in its order, each once, and acknowledged each time", () => {
    const link = new MessageLink(newId);
    const steps = [1, 0, 1, 0, 2].map((n) => link.receive(input(n), t0));
    expect(steps.map(texts)).toEqual([[], ["piece 0", "piece 1"], [], [], ["piece 2"]]);
    for (const step of steps)
      expect(read(step)).toMatchObject([{ type: "acknowledge", flags: 3, sequence: 0 }]);
  });

  test("is neither kept nor acknowledged when it is too far ahead, or too much", () => {
    const link = new MessageLink(newId);
    expect(link.receive(input(10_001), t0).frames).toEqual([]);
    const large = Buffer.alloc(3 * 1024 * 1024);
    expect(link.receive(input(1, large), t0).frames).toHaveLength(1);
    expect(link.receive(input(2, large), t0).frames).toEqual([]);
    expect(link.receive(input(0), t0).delivered).toHaveLength(2);
    expect(link.receive(input(2, large), t0).delivered).toHaveLength(1);
  });

  test("that is neither data nor an acknowledgement of ours changes nothing", () => {
    const link = new MessageLink(newId);
    link.send(payloadTypes.output, piece(0), t0);
    for (const payload of ["", "{", "null", "[]", '{"AcknowledgedMessageSequenceNumber":0}']) {
      link.receive({ ...input(0, Buffer.from(payload)), type: "acknowledge" }, t0);
    }
    expect(link.receive({ ...input(0), type: "pause_publication" }, t0)).toEqual({
      frames: [],
      delivered: [],
    });
    expect(link.isSettled).toBe(false);
  });
});

describe("what goes out", () => {
  test("goes again, the oldest alone, until it is acknowledged", () => {
    const link = new MessageLink(newId);
    const frames = [0, 1].flatMap((n) => link.send(payloadTypes.output, piece(n), t0).frames);
    expect(link.tick(t0 + 199).frames).toEqual([]);
    expect(link.tick(t0 + 200).frames).toEqual([frames[0]]);
    expect(link.tick(t0 + 300).frames).toEqual([]);
    link.receive(acknowledgement(frames[0] ?? Buffer.alloc(0)), t0 + 300);
    expect(link.tick(t0 + 400).frames).toEqual([frames[1]]);
    link.receive(acknowledgement(frames[1] ?? Buffer.alloc(0)), t0 + 400);
    expect([link.isSettled, link.tick(t0 + 5000).frames]).toEqual([true, []]);
  });

  test("waits longer where acknowledgements take longer, at most a second", () => {
    const link = new MessageLink(newId);
    for (let n = 0; n < 50; n++) {
      const [frame = Buffer.alloc(0)] = link.send(payloadTypes.output, piece(n), t0 + n * 1000).frames;
      link.receive(acknowledgement(frame), t0 + n * 1000 + 900);
    }
    link.send(payloadTypes.output, piece(50), t0 + 100_000);
    expect(link.tick(t0 + 100_890).frames).toEqual([]);
    expect(link.tick(t0 + 101_000).frames).toHaveLength(1);
  });

  test("goes again as a whole over another connection", () => {
    const link = new MessageLink(newId);
    const frames = [0, 1, 2].flatMap((n) => link.send(payloadTypes.output, piece(n), t0).frames);
    link.receive(acknowledgement(frames[1] ?? Buffer.alloc(0)), t0);
    expect(link.reconnect(t0 + 10).frames).toEqual([frames[0], frames[2]]);
  });

  test("is held back when a thousand wait, and given up after three thousand tries", () => {
    const link = new MessageLink(newId);
    for (let n = 0; n < 1000; n++) {
      expect(link.isFull).toBe(false);
      link.send(payloadTypes.output, piece(n), t0);
    }
    expect(link.isFull).toBe(true);
    for (let n = 1; n < 3000; n++) {
      expect(link.isLost).toBe(false);
      link.tick(t0 + n * 1000);
    }
    expect(link.isLost).toBe(true);
  });
});

/** One way of a network: messages that are lost, doubled, and overtake each other, as a list of choices says. */
interface Fate {
  readonly copies: number;
  readonly delay: number;
}
const fates = fc.array(fc.record({ copies: fc.nat(2), delay: fc.nat(400) }), { minLength: 5, maxLength: 40 });

describe("over a network that loses, doubles and reorders", () => {
  test("both sides have all of each other's data, in order, once", () => {
    fc.assert(
      fc.property(fates, fates, fc.integer({ min: 1, max: 40 }), (there, back, count) => {
        const link = new MessageLink(newId);
        // The other side is a link too: its data is only of the other type.
        const peer = new MessageLink(newId);
        const events: { at: number; run: (now: number) => void }[] = [];
        const got = { link: [] as string[], peer: [] as string[] };
        let sent = 0;
        const carry = (fate: readonly Fate[], output: LinkOutput, to: "link" | "peer", now: number) => {
          for (const frame of output.frames) {
            // In the end every network carries something.
            const { copies, delay } = (sent++ > 400 ? undefined : fate[sent % fate.length]) ?? {
              copies: 1,
              delay: 0,
            };
            for (let copy = 0; copy < copies; copy++) {
              events.push({ at: now + 1 + delay * (copy + 1), run: (then) => receive(to, frame, then) });
            }
          }
        };
        const receive = (at: "link" | "peer", frame: Buffer, now: number): void => {
          const message = decodeMessage(frame);
          if (message === undefined) throw new Error("a frame was not understood");
          const output = (at === "link" ? link : peer).receive(turned(message), now);
          got[at].push(...texts(output));
          carry(at === "link" ? there : back, output, at === "link" ? "peer" : "link", now);
        };
        for (let n = 0; n < count; n++) {
          carry(there, link.send(payloadTypes.output, piece(n), t0 + n), "peer", t0 + n);
          carry(back, peer.send(payloadTypes.output, piece(n), t0 + n), "link", t0 + n);
        }
        for (let now = t0; now < t0 + 600_000 && !(link.isSettled && peer.isSettled); now += 50) {
          for (;;) {
            const due = events.findIndex(({ at }) => at <= now);
            if (due < 0) break;
            for (const { run } of events.splice(due, 1)) run(now);
          }
          carry(there, link.tick(now), "peer", now);
          carry(back, peer.tick(now), "link", now);
        }
        const all = Array.from({ length: count }, (_, n) => `${piece(n)}`);
        expect(got).toEqual({ link: all, peer: all });
        expect([link.isSettled, peer.isSettled]).toEqual([true, true]);
      }),
      { seed: 9, numRuns: 60 },
    );
  });
});

/** Two servers talk: what one sends as output the other takes as input, and what it says of that names output. */
function turned(message: AgentMessage): AgentMessage {
  if (message.type === "output_stream_data") return { ...message, type: "input_stream_data" };
  const payload = Buffer.from(`${message.payload}`.replace("input_stream_data", "output_stream_data"));
  return { ...message, payload };
}
