/** What a parser finds in a target's answers, in the order in which it comes. */
export interface AnswerEvents {
  /** A final head, not an interim one. @param fields name and value in turn. */
  onHead(status: number, reason: string, fields: readonly string[]): void;
  /** Bytes of the content. They are part of what was given to `take`. */
  onContent(bytes: Buffer): void;
  /** The answer is whole. @param trailers name and value in turn. */
  onWhole(trailers: readonly string[]): void;
  /** The target changes the protocol: whatever follows is of the new one. */
  onUpgrade(fields: readonly string[], rest: Buffer): void;
}

/** What is asked decides how the answer is read. */
export interface AnswerExpectation {
  readonly method: string;
  /** Whether a change of the protocol was asked for. */
  readonly upgrade: boolean;
}

/** An answer that is no HTTP/1.1, or that two readers could read differently. */
export class MalformedAnswer extends Error {}

/** AWS: the largest head of an answer, in bytes. Ours: of the trailers too. */
const largestHead = 32 * 1024;
/** The largest line that begins a chunk, its extensions included, in bytes. */
const largestChunkLine = 4 * 1024;

type State =
  | "between"
  | "head"
  | "length"
  | "chunk size"
  | "chunk"
  | "chunk end"
  | "trailers"
  | "until the end";

const nothing = Buffer.alloc(0);

/**
 * Reads the answers of one connection, in pieces as they come (RFC 9112). What the RFC lets a reader repair is not
 * repaired but refused: both lengths, several lengths, folded lines, bare line ends, spaces before a colon.
 */
export class AnswerParser {
  readonly #events: AnswerEvents;
  #state: State = "between";
  #expected: AnswerExpectation = { method: "GET", upgrade: false };
  /** The beginning of a head, a line or trailers, whose rest has not come. */
  #held: Buffer = nothing;
  /** Bytes of content, or of a chunk, that are to come. */
  #left = 0;
  /** Whether the connection may be used again after this answer. */
  persistent = true;
  /** How long the target keeps the connection when it is idle, in seconds, where it says so. */
  keptFor: number | undefined;

  constructor(events: AnswerEvents) {
    this.#events = events;
  }

  /** Whether some of an answer's head has come, and not all. */
  get inHead(): boolean {
    return this.#state === "head" && this.#held.length > 0;
  }

  /** The next answer is one to this request. */
  expect(request: AnswerExpectation): void {
    this.#expected = request;
    this.#state = "head";
  }

  /** @throws MalformedAnswer */
  take(bytes: Buffer): void {
    let rest: Buffer | undefined = bytes;
    while (rest !== undefined && rest.length > 0) rest = this.#step(rest);
  }

  /** The target says no more. @throws MalformedAnswer when that is in the middle of an answer. */
  end(): void {
    if (this.#state === "until the end") this.#whole([]);
    else if (this.#state !== "between") throw new MalformedAnswer("it ends in the middle");
  }

  /** @returns what has not been read yet; undefined when more is needed, or nobody is to read on. */
  #step(bytes: Buffer): Buffer | undefined {
    switch (this.#state) {
      case "between":
        // INVARIANT: what nobody asked for is nobody's answer.
        throw new MalformedAnswer("it says more than it announced");
      case "head":
        return this.#readHead(bytes);
      case "length":
      case "chunk":
        return this.#readContent(bytes);
      case "until the end":
        this.#events.onContent(bytes);
        return undefined;
      case "chunk size":
        return this.#readChunkSize(bytes);
      case "chunk end":
        return this.#readChunkEnd(bytes);
      case "trailers":
        return this.#readTrailers(bytes);
    }
  }

  #readHead(bytes: Buffer): Buffer | undefined {
    const found = this.#upTo("\r\n\r\n", bytes, largestHead);
    if (found === undefined) return undefined;
    const { text, rest } = found;
    if (misread.test(text)) throw new MalformedAnswer("a line of its head is none");
    const lineEnd = text.indexOf("\r\n");
    const first = lineEnd < 0 ? text : text.slice(0, lineEnd);
    const [, minor, digits = "", reason = ""] = statusLine.exec(first) ?? [];
    if (minor === undefined) throw new MalformedAnswer("it begins with no status line");
    const fields = lineEnd < 0 ? [] : readFields(text, lineEnd + 2);
    const status = Number(digits);
    if (status === 101) {
      if (!this.#expected.upgrade) throw new MalformedAnswer("a change of the protocol that nobody wants");
      this.#state = "between";
      this.#events.onUpgrade(fields, rest);
      return undefined;
    }
    // AWS: interim answers are not passed on.
    if (status < 200) return rest;
    const frame = frameOf(fields, minor === "1");
    this.persistent = frame.persistent;
    this.keptFor = frame.keptFor;
    const withoutContent = this.#expected.method === "HEAD" || status === 204 || status === 304;
    this.#state = this.#after(frame, withoutContent);
    this.#events.onHead(status, reason, fields);
    if (this.#state === "between") this.#events.onWhole([]);
    return rest;
  }

  /** How the content goes on after a head. */
  #after({ chunked, length }: Frame, withoutContent: boolean): State {
    if (withoutContent || (!chunked && length === 0)) return "between";
    if (chunked) return "chunk size";
    if (length === undefined) {
      this.persistent = false;
      return "until the end";
    }
    this.#left = length;
    return "length";
  }

  #readContent(bytes: Buffer): Buffer | undefined {
    const here = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left);
    this.#left -= here.length;
    this.#events.onContent(here);
    if (this.#left > 0) return undefined;
    if (this.#state === "chunk") this.#state = "chunk end";
    else this.#whole([]);
    return bytes.subarray(here.length);
  }

  #readChunkSize(bytes: Buffer): Buffer | undefined {
    const found = this.#upTo("\r\n", bytes, largestChunkLine);
    if (found === undefined) return undefined;
    const [, digits] = chunkLine.exec(found.text) ?? [];
    if (digits === undefined) throw new MalformedAnswer("a chunk's length is none");
    this.#left = Number.parseInt(digits, 16);
    this.#state = this.#left === 0 ? "trailers" : "chunk";
    return found.rest;
  }

  #readChunkEnd(bytes: Buffer): Buffer | undefined {
    const found = this.#upTo("\r\n", bytes, 2);
    if (found === undefined) return undefined;
    if (found.text !== "") throw new MalformedAnswer("a chunk is longer than it says");
    this.#state = "chunk size";
    return found.rest;
  }

  #readTrailers(bytes: Buffer): Buffer | undefined {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    if (all.length >= 2 && all[0] === cr && all[1] === lf) {
      this.#held = nothing;
      this.#whole([]);
      return all.subarray(2);
    }
    const found = this.#upTo("\r\n\r\n", bytes, largestHead);
    if (found === undefined) return undefined;
    if (misread.test(found.text)) throw new MalformedAnswer("a line of its trailers is none");
    this.#whole(readFields(found.text, 0));
    return found.rest;
  }

  #whole(trailers: readonly string[]): void {
    this.#state = "between";
    this.#events.onWhole(trailers);
  }

  /** @returns what comes before `ending`, and what after it; undefined when it has not come yet. */
  #upTo(ending: string, bytes: Buffer, most: number): { text: string; rest: Buffer } | undefined {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const at = all.indexOf(ending, 0, "latin1");
    if (at > most || (at < 0 && all.length >= most + ending.length)) throw new MalformedAnswer("too large");
    if (at < 0) {
      // The piece is not ours to keep: whoever gave it may use its memory again.
      this.#held = all === bytes ? Buffer.from(bytes) : all;
      return undefined;
    }
    this.#held = nothing;
    return { text: all.toString("latin1", 0, at), rest: all.subarray(at + ending.length) };
  }
}

const cr = 0x0d;
const lf = 0x0a;

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/;
/** RFC 9112, sections 2.2 and 5.2: control characters, bare line ends, folded lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const misread = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n|\r\n[ \t]/;
/** RFC 9112, section 7.1: a length that a number can hold, and extensions. */
const chunkLine = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;
/** RFC 9110, section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Fields from here to the end of a text. */
function readFields(text: string, from: number): string[] {
  const fields: string[] = [];
  for (let at = from; at < text.length; ) {
    const found = text.indexOf("\r\n", at);
    const end = found < 0 ? text.length : found;
    const colon = text.indexOf(":", at);
    const name = colon < 0 || colon > end ? "" : text.slice(at, colon);
    if (!token.test(name)) throw new MalformedAnswer("a field's name is none");
    fields.push(name, trimmed(text, colon + 1, end));
    at = end + 2;
  }
  return fields;
}

/** What fields say of the content and the connection. */
interface Frame {
  readonly chunked: boolean;
  /** Undefined for a length that is not told. */
  readonly length: number | undefined;
  readonly persistent: boolean;
  readonly keptFor: number | undefined;
}

/** RFC 9112, sections 6.3 and 9.3. */
function frameOf(fields: readonly string[], keptByDefault: boolean): Frame {
  let chunked = false;
  let length: number | undefined;
  let persistent = keptByDefault;
  let keptFor: number | undefined;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const value = fields[at + 1] ?? "";
    const name = fields[at] ?? "";
    if (!framingLengths.has(name.length)) continue;
    switch (name.toLowerCase()) {
      case "content-length":
        if (length !== undefined || !/^\d{1,15}$/.test(value))
          throw new MalformedAnswer("its length is none");
        length = Number(value);
        break;
      case "transfer-encoding":
        // Another coding would have to be undone, or told to the client.
        if (chunked || value.toLowerCase() !== "chunked" || !keptByDefault)
          throw new MalformedAnswer("a coding that is not known");
        chunked = true;
        break;
      case "connection":
        if (/(?:^|,)\s*close\s*(?:,|$)/i.test(value)) persistent = false;
        else if (/(?:^|,)\s*keep-alive\s*(?:,|$)/i.test(value)) persistent = true;
        break;
      case "keep-alive": {
        const [, seconds] = /(?:^|,)\s*timeout=(\d{1,6})/i.exec(value) ?? [];
        if (seconds !== undefined) keptFor = Number(seconds);
        break;
      }
    }
  }
  if (chunked && length !== undefined) throw new MalformedAnswer("two lengths");
  return { chunked, length, persistent, keptFor };
}

/** Lengths of the names that `frameOf` knows: most others are told apart by that alone. */
const framingLengths: ReadonlySet<number> = new Set(
  ["connection", "keep-alive", "content-length", "transfer-encoding"].map((name) => name.length),
);

/** Without spaces and tabs around it, and those alone: other bytes are the value's (RFC 9110, section 5.5). */
function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;
