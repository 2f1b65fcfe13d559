import type { Readable, Writable } from "node:stream";
import type { Failure, TargetRequest } from "./target-answer.ts";

/** How a request's body is told apart from what follows it. */
export type BodyFrame =
  /** Its length, in bytes. */
  number | "chunked";

/**
 * The head of a request in HTTP/1.1, with its empty line; undefined when it would not be one, as a path with a space
 * (RFC 9112, section 3): what came by HTTP/2, or was rewritten, has never been read as HTTP/1.1.
 */
export function headText(request: TargetRequest): string | undefined {
  const { method, path, fields, body, upgrade } = request;
  if (!token.test(method) || !requestTarget.test(path)) return undefined;
  let text = `${method} ${path} HTTP/1.1\r\n`;
  const length = lengthOf(fields);
  // INVARIANT: a target reads of one request as much as was sent of it, neither less nor more.
  if (length === "unclear" || (body === null && Number(length ?? 0) > 0)) return undefined;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] ?? "";
    const value = fields[at + 1] ?? "";
    if (!token.test(name) || unsendable.test(value)) return undefined;
    text += `${name}: ${value}\r\n`;
  }
  if (upgrade !== undefined) {
    if (unsendable.test(upgrade)) return undefined;
    text += `Connection: upgrade\r\nUpgrade: ${upgrade}\r\n`;
  }
  if (body !== null) {
    if (length === undefined) text += "Transfer-Encoding: chunked\r\n";
  } else if (expectsContent.has(method) && length === undefined) {
    // RFC 9110, section 8.6: a target would wait for content.
    text += "Content-Length: 0\r\n";
  }
  return `${text}\r\n`;
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const requestTarget = /^[\x21-\x7e\x80-\xff]+$/;
const unsendable = /[^\t\x20-\x7e\x80-\xff]/;
const expectsContent: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

export function bodyFrame({ fields }: TargetRequest): BodyFrame {
  const length = lengthOf(fields);
  return length === undefined ? "chunked" : Number(length);
}

/** What the fields say of the length; `unclear` where two readers could understand it differently. */
function lengthOf(fields: readonly string[]): string | undefined {
  let length: string | undefined;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] ?? "";
    if (name.length !== 14 && name.length !== 17) continue;
    const lower = name.toLowerCase();
    if (lower === "transfer-encoding") return "unclear";
    if (lower !== "content-length") continue;
    const value = fields[at + 1] ?? "";
    if (length !== undefined || !/^\d{1,15}$/.test(value)) return "unclear";
    length = value;
  }
  return length;
}

/**
 * Sends a body at the pace of whoever takes it.
 * @param settled is told once, unless the body is stopped before.
 * @returns stops sending. What is left of the body goes nowhere.
 */
export function sendBody(
  body: Readable,
  frame: BodyFrame,
  to: Writable,
  settled: { sent(): void; failed(why: Failure): void },
): () => void {
  let left = frame === "chunked" ? Number.POSITIVE_INFINITY : frame;
  const take = (bytes: Buffer): void => {
    left -= bytes.length;
    if (left < 0) fail("unsendable");
    else if (!(frame === "chunked" ? writeChunk(to, bytes) : to.write(bytes))) body.pause();
  };
  const drained = (): unknown => body.resume();
  const whole = (): void => {
    if (frame !== "chunked" && left > 0) return void fail("unsendable");
    stop();
    if (frame === "chunked") to.write("0\r\n\r\n", "latin1");
    settled.sent();
  };
  const gone = (): void => fail("aborted");
  const fail = (why: Failure): void => {
    stop();
    settled.failed(why);
  };
  const stop = (): void => {
    body.off("data", take).off("end", whole).off("error", gone).off("close", gone);
    to.off("drain", drained);
    // Whoever sent it may go on with what follows it.
    body.on("error", () => {}).resume();
  };
  to.on("drain", drained);
  body.on("data", take).on("end", whole).on("error", gone).on("close", gone);
  return stop;
}

function writeChunk(to: Writable, bytes: Buffer): boolean {
  to.cork();
  to.write(`${bytes.length.toString(16)}\r\n`, "latin1");
  to.write(bytes);
  const more = to.write("\r\n", "latin1");
  to.uncork();
  return more;
}
