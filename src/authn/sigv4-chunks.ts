import { timingSafeEqual } from "node:crypto";
import { Fault } from "../kernel/fault.ts";
import { signatureDoesNotMatch } from "./credentials.ts";
import type { Signature } from "./signature.ts";
import { credentialScope } from "./sigv4.ts";
import { sha256Hex } from "./sigv4-canonical.ts";
import { hmac, signingKey } from "./sigv4-key.ts";

/** Bytes of one chunk. Clients send 64 KiB to 1 MiB; a chunk is held in memory until its signature is checked. */
const largestChunk = 16 * 1024 * 1024;
/** Bytes of a chunk's header line, and of all trailers. */
const longestLine = 4096;
const emptyHash = sha256Hex("");

/** The trailing headers of a body of chunks, names in lower case. */
export type Trailers = ReadonlyMap<string, string>;

/**
 * Reads a body of chunks (`Content-Encoding: aws-chunked`) piece by piece: Amazon S3 API Reference, "Signature
 * calculations for the Authorization header: transferring payload in multiple chunks" and "… with trailing headers".
 * INVARIANT: bytes come out only after the signature of their chunk was checked, unless the payload was announced
 * as `STREAMING-UNSIGNED-PAYLOAD-TRAILER`.
 */
export class ChunkedBody {
  readonly #signature: Signature;
  readonly #secret: string;
  readonly #trailers = new Map<string, string>();
  #previous: string;
  #pending: Buffer[] = [];
  #pendingSize = 0;
  /** The chunk being read: its size and signature; `undefined` between chunks. */
  #chunk: { readonly size: number; readonly signature: string } | undefined;
  #trailersSigned = false;
  #state: "chunks" | "trailers" | "ended" = "chunks";

  /** @param signature of the request, already verified: its own signature is the first link of the chain. */
  constructor(signature: Signature, secretAccessKey: string) {
    this.#signature = signature;
    this.#secret = secretAccessKey;
    this.#previous = signature.signature;
  }

  /** Trailing headers, known once `end` has returned. */
  get trailers(): Trailers {
    return this.#trailers;
  }

  /**
   * Takes bytes as they arrived and returns those of the chunks they complete. Throws `SignatureDoesNotMatch`, and
   * `IncompleteBody` for what is not in this encoding.
   */
  push(bytes: Buffer): Buffer[] {
    this.#pending.push(bytes);
    this.#pendingSize += bytes.length;
    const out: Buffer[] = [];
    for (;;) {
      const data = this.#step();
      if (data === undefined) return out;
      if (data.length > 0) out.push(data);
    }
  }

  /** Says that no more bytes come. Throws `IncompleteBody` when the last chunk or a signed trailer is missing. */
  end(): void {
    // AWS: signed trailers need no empty line after them.
    const over = this.#state === "ended" || this.#trailersSigned;
    if (!over || this.#pendingSize > 0) throw malformed();
  }

  /** Does one thing: a header line, a chunk or a trailer. `undefined` when it needs more bytes. */
  #step(): Buffer | undefined {
    if (this.#state === "ended") {
      if (this.#pendingSize > 0) throw malformed();
      return undefined;
    }
    if (this.#state === "trailers") return this.#trailer();
    if (this.#chunk !== undefined) return this.#data(this.#chunk);
    const line = this.#line();
    if (line === undefined) return undefined;
    this.#chunk = this.#header(line);
    if (this.#chunk.size === 0) {
      this.#check(this.#chunk.signature, Buffer.alloc(0));
      this.#chunk = undefined;
      this.#state = "trailers";
    }
    return nothing;
  }

  #header(line: string): { size: number; signature: string } {
    const match = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
    if (match === null) throw malformed();
    const size = Number.parseInt(match[1] ?? "", 16);
    if (size > largestChunk) throw malformed();
    if (this.#signed && match[2] === undefined) throw malformed();
    return { size, signature: match[2] ?? "" };
  }

  #data(chunk: { readonly size: number; readonly signature: string }): Buffer | undefined {
    if (this.#pendingSize < chunk.size + 2) return undefined;
    const all = this.#joined();
    if (all[chunk.size] !== 0x0d || all[chunk.size + 1] !== 0x0a) throw malformed();
    const data = all.subarray(0, chunk.size);
    this.#check(chunk.signature, data);
    this.#keep(all.subarray(chunk.size + 2));
    this.#chunk = undefined;
    return data;
  }

  /** After the chunk of size nought: `name:value` lines, a signature over them, and an empty line. */
  #trailer(): Buffer | undefined {
    const line = this.#line();
    if (line === undefined) return undefined;
    if (line === "") {
      if (this.#signed && this.#hasTrailers && !this.#trailersSigned) throw malformed();
      this.#state = "ended";
      return nothing;
    }
    const colon = line.indexOf(":");
    if (colon <= 0 || this.#trailersSigned) throw malformed();
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (this.#signed && name === "x-amz-trailer-signature") {
      this.#checkTrailers(value);
      this.#trailersSigned = true;
      return nothing;
    }
    if (!this.#hasTrailers || this.#trailers.has(name) || this.#trailers.size >= 16) throw malformed();
    this.#trailers.set(name, value);
    return nothing;
  }

  #check(given: string, data: Buffer): void {
    if (!this.#signed) return;
    const text = `${this.#head("PAYLOAD")}\n${emptyHash}\n${sha256Hex(data)}`;
    this.#previous = this.#compare(text, given);
  }

  #checkTrailers(given: string): void {
    let lines = "";
    for (const [name, value] of this.#trailers) lines += `${name}:${value}\n`;
    this.#compare(`${this.#head("TRAILER")}\n${sha256Hex(lines)}`, given);
  }

  #head(kind: "PAYLOAD" | "TRAILER"): string {
    return `AWS4-HMAC-SHA256-${kind}\n${this.#signature.date}\n${credentialScope(this.#signature)}\n${this.#previous}`;
  }

  #compare(text: string, given: string): string {
    const expected = hmac(signingKey(this.#secret, credentialScope(this.#signature)), text);
    const matches = /^[0-9a-f]{64}$/.test(given) && timingSafeEqual(expected, Buffer.from(given, "hex"));
    if (!matches) {
      throw signatureDoesNotMatch();
    }
    return given;
  }

  /** Whether chunks and trailers carry signatures. */
  get #signed(): boolean {
    return this.#signature.contentSha256 !== "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
  }

  get #hasTrailers(): boolean {
    return this.#signature.contentSha256?.endsWith("-TRAILER") === true;
  }

  /** The next line without its CRLF; `undefined` until it is whole. */
  #line(): string | undefined {
    const all = this.#joined();
    const end = all.indexOf("\r\n");
    if (end > longestLine || (end < 0 && all.length > longestLine)) throw malformed();
    if (end < 0) return undefined;
    this.#keep(all.subarray(end + 2));
    return all.toString("latin1", 0, end);
  }

  #joined(): Buffer {
    const [only] = this.#pending;
    if (only !== undefined && this.#pending.length === 1) return only;
    const all = Buffer.concat(this.#pending);
    this.#keep(all);
    return all;
  }

  #keep(rest: Buffer): void {
    this.#pending = [rest];
    this.#pendingSize = rest.length;
  }
}

const nothing = Buffer.alloc(0);

function malformed(): Fault {
  return new Fault(
    "IncompleteBody",
    "The request body terminated unexpectedly or is not in the aws-chunked encoding it was announced in.",
    { status: 400 },
  );
}
