import { Fault } from "../kernel/fault.ts";
import { maxDepth } from "./limits.ts";

/** A tagged value (RFC 8949, section 3.4). */
export class Tagged {
  readonly tag: number;
  readonly value: unknown;

  constructor(tag: number, value: unknown) {
    this.tag = tag;
    this.value = value;
  }
}

const indefinite = 31;
const breakByte = 0xff;

function malformed(): Fault {
  return new Fault("SerializationException", "The CBOR document is not well-formed");
}

/**
 * Parses one CBOR item that a stranger wrote (RFC 8949): lengths are checked against the bytes that are there before
 * anything is made of them, nesting ends at 32. Maps become Maps, integers become numbers, byte strings are views.
 * Faults: `SerializationException`.
 */
export function parseCbor(bytes: Buffer): unknown {
  const parser = new Parser(bytes);
  const value = parser.item(maxDepth);
  if (!parser.atEnd) throw malformed();
  return value;
}

class Parser {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  item(depth: number): unknown {
    if (depth === 0) throw malformed();
    const initial = this.#take(1)[0] ?? 0;
    const minor = initial & 0x1f;
    switch (initial >> 5) {
      case 0:
        return this.#argument(minor);
      case 1:
        return -1 - this.#argument(minor);
      case 2:
        return this.#string(minor, 2);
      case 3:
        return this.#string(minor, 3).toString("utf8");
      case 4:
        return this.#list(minor, depth);
      case 5:
        return this.#map(minor, depth);
      case 6:
        return new Tagged(this.#argument(minor), this.item(depth - 1));
      default:
        return this.#simple(minor);
    }
  }

  #take(count: number): Buffer {
    if (count > this.#bytes.length - this.#at) throw malformed();
    const taken = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    return taken;
  }

  /** The number that follows the initial byte, or stands in it. */
  #argument(minor: number): number {
    switch (minor) {
      case 24:
        return this.#take(1).readUInt8();
      case 25:
        return this.#take(2).readUInt16BE();
      case 26:
        return this.#take(4).readUInt32BE();
      case 27:
        return Number(this.#take(8).readBigUInt64BE());
    }
    if (minor > 27) throw malformed();
    return minor;
  }

  /** Bytes or text; in pieces, each of definite length and the same kind, when the length is indefinite. */
  #string(minor: number, major: number): Buffer {
    if (minor !== indefinite) return this.#take(this.#argument(minor));
    const pieces: Buffer[] = [];
    while (!this.#ended()) {
      const initial = this.#take(1)[0] ?? 0;
      if (initial >> 5 !== major || (initial & 0x1f) === indefinite) throw malformed();
      pieces.push(this.#take(this.#argument(initial & 0x1f)));
    }
    return Buffer.concat(pieces);
  }

  #list(minor: number, depth: number): unknown[] {
    const items: unknown[] = [];
    for (const more = this.#counter(minor); more(); ) items.push(this.item(depth - 1));
    return items;
  }

  #map(minor: number, depth: number): Map<string, unknown> {
    const entries = new Map<string, unknown>();
    for (const more = this.#counter(minor); more(); ) {
      const key = this.item(depth - 1);
      if (typeof key !== "string") throw malformed();
      entries.set(key, this.item(depth - 1));
    }
    return entries;
  }

  /** Whether another element follows, asked before each. A count may lie: the bytes run out before memory does. */
  #counter(minor: number): () => boolean {
    if (minor === indefinite) return () => !this.#ended();
    let left = this.#argument(minor);
    return () => left-- > 0;
  }

  #ended(): boolean {
    if (this.#bytes[this.#at] !== breakByte) return false;
    this.#at++;
    return true;
  }

  #simple(minor: number): unknown {
    switch (minor) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 25:
        return halfFloat(this.#take(2).readUInt16BE());
      case 26:
        return this.#take(4).readFloatBE();
      case 27:
        return this.#take(8).readDoubleBE();
      default:
        throw malformed();
    }
  }
}

/** RFC 8949, appendix D. */
function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (fraction + 1024) * 2 ** (exponent - 25);
}
