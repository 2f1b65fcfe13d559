import { PassThrough, Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { headText, sendBody } from "./request-text.ts";

const body = Readable.from([]);
const get = { method: "GET", path: "/", fields: ["Host", "a"], body: null };

describe("the head of a request", () => {
  test.each<[what: string, given: object, expected: string | undefined]>([
    ["without content", {}, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"],
    [
      "of a method that has content, without any",
      { method: "PUT" },
      "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    ],
    [
      "with content of a length",
      { fields: ["content-length", "3"], body: Readable.from([]) },
      "GET / HTTP/1.1\r\ncontent-length: 3\r\n\r\n",
    ],
    [
      "with content of no length",
      { body: Readable.from([]) },
      "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    [
      "that changes the protocol",
      { upgrade: "websocket" },
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    ],
    ["with bytes beyond ASCII", { fields: ["A", "\xe9"] }, "GET / HTTP/1.1\r\nA: \xe9\r\n\r\n"],
    ["with two lengths", { fields: ["Content-Length", "3", "content-length", "3"], body }, undefined],
    ["with a length that is none", { fields: ["Content-Length", "+3"], body }, undefined],
    ["with a coding of its own", { fields: ["Transfer-Encoding", "chunked"], body }, undefined],
    ["with a length and nothing that follows", { fields: ["Content-Length", "3"] }, undefined],
    ["with a space in its path", { path: "/a HTTP/1.1" }, undefined],
    ["with a line end in its path", { path: "/\r\nA: b" }, undefined],
    ["with no path", { path: "" }, undefined],
    ["with a line end in a value", { fields: ["A", "b\r\nC: d"] }, undefined],
    ["with signs that are no bytes", { fields: ["A", "\u{1f600}"] }, undefined],
    ["with a name that is none", { fields: ["A b", "c"] }, undefined],
    ["with a method that is none", { method: "GET /" }, undefined],
    ["with a protocol that is none", { upgrade: "x\r\nA: b" }, undefined],
  ])("%s", (_what, given, expected) => {
    expect(headText({ ...get, ...given })).toBe(expected);
  });
});

describe("a body", () => {
  const sent = (pieces: readonly string[], frame: number | "chunked"): Promise<string> => {
    const to = new PassThrough();
    const body = Readable.from(pieces.map((piece) => Buffer.from(piece)));
    return new Promise((resolve) => {
      const text = (): string => String(to.read() ?? "");
      sendBody(body, frame, to, { sent: () => resolve(text()), failed: (why) => resolve(why) });
    });
  };

  test.each<[what: string, pieces: string[], frame: number | "chunked", expected: string]>([
    ["of a length", ["ab", "c"], 3, "abc"],
    ["in chunks", ["ab", "0123456789"], "chunked", "2\r\nab\r\na\r\n0123456789\r\n0\r\n\r\n"],
    ["that is longer than was said", ["abcd"], 3, "unsendable"],
    ["that is shorter than was said", ["ab"], 3, "unsendable"],
  ])("%s", async (_what, pieces, frame, expected) => {
    expect(await sent(pieces, frame)).toBe(expected);
  });

  test("whose sender goes away is given up", async () => {
    const body = new PassThrough();
    const why = new Promise((resolve) => {
      sendBody(body, 3, new PassThrough(), { sent: () => resolve("sent"), failed: resolve });
    });
    body.destroy();
    expect(await why).toBe("aborted");
  });
});
