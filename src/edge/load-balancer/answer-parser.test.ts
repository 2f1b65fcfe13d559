import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AnswerParser, MalformedAnswer } from "./answer-parser.ts";

const crlf = (...lines: readonly string[]): string => lines.map((line) => `${line}\r\n`).join("");

/** What a parser tells of these pieces, content joined; `malformed` where it refuses them. */
function told(pieces: readonly string[], method = "GET", upgrade = false): string[] {
  const said: string[] = [];
  let content = "";
  const parser = new AnswerParser({
    onHead: (status, reason, fields) => said.push(`${status} ${reason} | ${fields.join(" | ")}`),
    onContent: (bytes) => {
      content += bytes.toString("latin1");
    },
    onWhole: (trailers) => said.push(`content '${content}'`, `whole ${trailers.join(" | ")}`.trim()),
    onUpgrade: (_fields, rest) => said.push(`upgraded '${rest.toString("latin1")}'`),
  });
  parser.expect({ method, upgrade });
  try {
    for (const piece of pieces) parser.take(Buffer.from(piece, "latin1"));
    parser.end();
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedAnswer);
    said.push("malformed");
  }
  return said;
}

const ok = "HTTP/1.1 200 OK";
const chunked = crlf(ok, "Transfer-Encoding: chunked", "");

describe("an answer", () => {
  test.each<[what: string, answer: string, expected: string[]]>([
    [
      "with a length",
      `${crlf(ok, "A:  b\t", "Content-Length: 3", "")}abc`,
      ["200 OK | A | b | Content-Length | 3", "content 'abc'", "whole"],
    ],
    [
      "without content",
      crlf(ok, "content-length: 0", ""),
      ["200 OK | content-length | 0", "content ''", "whole"],
    ],
    [
      "without a reason",
      crlf("HTTP/1.1 204", "Content-Length: 5", ""),
      ["204  | Content-Length | 5", "content ''", "whole"],
    ],
    ["that is not modified", crlf("HTTP/1.1 304 Not", ""), ["304 Not | ", "content ''", "whole"]],
    ["until the end", `${crlf("HTTP/1.0 200 OK", "")}abc`, ["200 OK | ", "content 'abc'", "whole"]],
    [
      "in chunks, with extensions and trailers",
      `${chunked}3;a=b\r\nabc\r\n0A \r\n0123456789\r\n0\r\nX-T: u\r\n\r\n`,
      ["200 OK | Transfer-Encoding | chunked", "content 'abc0123456789'", "whole X-T | u"],
    ],
    [
      "after interim ones",
      `${crlf("HTTP/1.1 100 Continue", "")}${crlf("HTTP/1.1 103 Early", "Link: x", "")}${crlf(ok, "Content-Length: 0", "")}`,
      ["200 OK | Content-Length | 0", "content ''", "whole"],
    ],
    [
      "whose value ends in a byte that is a space elsewhere",
      crlf(ok, "X: \xc3\xa0", "Content-Length: 0", ""),
      ["200 OK | X | \xc3\xa0 | Content-Length | 0", "content ''", "whole"],
    ],
    [
      "with more than it announced",
      `${crlf(ok, "Content-Length: 2", "")}okHTTP/1.1 200 OK\r\n`,
      ["200 OK | Content-Length | 2", "content 'ok'", "whole", "malformed"],
    ],
    [
      "cut off in its content",
      `${crlf(ok, "Content-Length: 2", "")}o`,
      ["200 OK | Content-Length | 2", "malformed"],
    ],
    [
      "cut off in its chunks",
      `${chunked}3\r\nabc\r\n`,
      ["200 OK | Transfer-Encoding | chunked", "malformed"],
    ],
  ])("%s", (_what, answer, expected) => {
    expect(told([answer])).toEqual(expected);
  });

  test.each<[what: string, answer: string]>([
    ["of no HTTP", "\x16\x03\x01\r\n\r\n"],
    ["of another version", crlf("HTTP/2.0 200 OK", "")],
    ["with a status of two digits", crlf("HTTP/1.1 20 OK", "")],
    ["with both lengths", crlf(ok, "Content-Length: 1", "Transfer-Encoding: chunked", "")],
    ["with its length twice", crlf(ok, "Content-Length: 1", "content-length: 1", "")],
    ["with a list of lengths", crlf(ok, "Content-Length: 1, 1", "")],
    ["with a length with a sign", crlf(ok, "Content-Length: +1", "")],
    ["with another coding before chunks", crlf(ok, "Transfer-Encoding: gzip, chunked", "")],
    ["with chunks in HTTP/1.0", crlf("HTTP/1.0 200 OK", "Transfer-Encoding: chunked", "")],
    ["with a folded line", crlf(ok, "A: b", " c", "Content-Length: 0", "")],
    ["with a space before a colon", crlf(ok, "Content-Length : 0", "")],
    ["with a field without a name", crlf(ok, ": b", "")],
    ["with a line without a colon", crlf(ok, "abc", "")],
    ["with a bare LF", `${ok}\r\nA: b\nContent-Length: 0\r\n\r\n`],
    ["with a bare CR", `${ok}\r\nA: b\rContent-Length: 0\r\n\r\n`],
    ["with a NUL", `${ok}\r\nA: b\0c\r\n\r\n`],
    ["that changes a protocol that nobody wanted changed", crlf("HTTP/1.1 101 Switching", "Upgrade: x", "")],
    ["whose head does not end", `${ok}\r\nA: ${"b".repeat(40_000)}`],
  ])("%s is refused", (_what, answer) => {
    expect(told([answer])).toEqual(["malformed"]);
  });

  test.each<[what: string, chunks: string]>([
    ["a chunk's length that is none", "0x3\r\nabc\r\n0\r\n\r\n"],
    ["a chunk's length beyond any number", `${"f".repeat(20)}\r\nabc`],
    ["a chunk longer than it says", "3\r\nabcd\r\n0\r\n\r\n"],
    ["a bare LF after a chunk's length", "3\nabc\r\n0\r\n\r\n"],
    ["a folded trailer", "0\r\nA: b\r\n c\r\n\r\n"],
    ["a line of a chunk that does not end", `3;${"a".repeat(5_000)}`],
  ])("with %s is refused", (_what, chunks) => {
    expect(told([chunked + chunks]).at(-1)).toBe("malformed");
  });

  test("to HEAD has no content, whatever its length says", () => {
    const said = told([crlf(ok, "Content-Length: 5", "")], "HEAD");
    expect(said).toEqual(["200 OK | Content-Length | 5", "content ''", "whole"]);
  });

  test("that changes the protocol as was asked leaves what follows alone", () => {
    const said = told([`${crlf("HTTP/1.1 101 Switching", "Upgrade: x", "")}\0bytes`], "GET", true);
    expect(said[0]).toBe("upgraded '\0bytes'");
  });
});

test("an answer is the same however it is cut in pieces", () => {
  const field = fc.constantFrom(
    "A: b",
    "X-Empty:",
    "Keep-Alive: timeout=5",
    "Server: x\t",
    "bad field",
    " folded",
  );
  const content = fc.string({ maxLength: 40, unit: "binary-ascii" });
  const framed = content.chain((text) =>
    fc.constantFrom(
      `${crlf(`Content-Length: ${text.length}`, "")}${text}`,
      `${crlf("Transfer-Encoding: chunked", "")}${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
      `${crlf("Transfer-Encoding: chunked", "")}0\r\nT: u\r\n\r\n`,
      `\r\n${text}`,
      `${crlf("Content-Length: 1", "")}${text}`,
    ),
  );
  const answer = fc
    .tuple(
      fc.constantFrom(ok, "HTTP/1.0 404 Not Found", "HTTP/1.1 204"),
      fc.array(field, { maxLength: 3 }),
      framed,
    )
    .map(([line, fields, rest]) => crlf(line, ...fields) + rest);
  fc.assert(
    fc.property(answer, fc.array(fc.nat(120), { maxLength: 12 }), (text, cuts) => {
      const at = [...new Set(cuts)].filter((cut) => cut < text.length).sort((a, b) => a - b);
      const pieces = [0, ...at].map((from, index) => text.slice(from, at[index]));
      expect(told(pieces)).toEqual(told([text]));
    }),
    { numRuns: 500, seed: 7 },
  );
});
