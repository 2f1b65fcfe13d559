/** The magic number of a hash in Berkeley DB, at byte 12, in the order of bytes of the machine that wrote it. */
const hashMagic = 0x061561;
const magicAt = 12;

/** Of a page: where what is said of it begins, and how large that is. */
const page = { next: 16, entries: 20, used: 22, type: 25, head: 26 } as const;
const pageTypes = { unsortedHash: 2, overflow: 7, hash: 13 } as const;
const itemTypes = { inline: 1, elsewhere: 3 } as const;
/** The least and largest sizes of pages. */
const pageSizes = { least: 512, largest: 65_536 } as const;

/** Whether the file is a hash of Berkeley DB, and how its numbers are to be read. */
export function byteOrderOf(bytes: Buffer): "little" | "big" | undefined {
  if (bytes.length < pageSizes.least) return undefined;
  if (bytes.readUInt32LE(magicAt) === hashMagic) return "little";
  return bytes.readUInt32BE(magicAt) === hashMagic ? "big" : undefined;
}

/**
 * The headers of a `Packages` file of Berkeley DB (rpm before 4.16), as its hash pages list them, whatever their bucket.
 * Throws when it is damaged.
 */
export function* berkeleyHeaders(bytes: Buffer, order: "little" | "big"): Generator<Buffer> {
  yield* new HashFile(bytes, order).values();
}

class HashFile {
  readonly #bytes: Buffer;
  readonly #order: "little" | "big";
  readonly #pageSize: number;
  /** Values together are smaller than the file, unless items share pages to make much work. */
  #left: number;

  constructor(bytes: Buffer, order: "little" | "big") {
    this.#bytes = bytes;
    this.#order = order;
    this.#left = bytes.length;
    this.#pageSize = this.#word(20);
    const { least, largest } = pageSizes;
    if (this.#pageSize < least || this.#pageSize > largest)
      throw new Error("its pages have no possible size");
    if (bytes[24] !== 0) throw new Error("it is encrypted");
  }

  *values(): Generator<Buffer> {
    for (let at = this.#pageSize; at + this.#pageSize <= this.#bytes.length; at += this.#pageSize) {
      const type = this.#bytes[at + page.type];
      if (type === pageTypes.hash || type === pageTypes.unsortedHash) yield* this.#valuesOf(at);
    }
  }

  /** Of a page: its items are keys and values in turn, from the end of the page down. */
  *#valuesOf(at: number): Generator<Buffer> {
    const entries = this.#half(at + page.entries);
    let end = this.#pageSize;
    for (let index = 0; index < entries; index++) {
      const place = this.#half(at + page.head + 2 * index);
      if (place < page.head || place >= end) throw new Error("an item is not within its page");
      const item = this.#bytes.subarray(at + place, at + end);
      end = place;
      const isValue = index % 2 === 1;
      // A short value is that of key 0: the number of the next package.
      if (!isValue || (item[0] === itemTypes.inline && item.length <= 8)) continue;
      const value =
        item[0] === itemTypes.inline ? item.subarray(1) : this.#valueElsewhere(item[0], at + place);
      this.#left -= value.length;
      if (this.#left < 0) throw new Error("its values are larger than the file");
      yield value;
    }
  }

  /** A value on pages of its own, each of which names the next. */
  #valueElsewhere(type: number | undefined, item: number): Buffer {
    if (type !== itemTypes.elsewhere) throw new Error("a value is of no known type");
    const length = this.#word(item + 8);
    if (length > this.#left) throw new Error("its values are larger than the file");
    const parts: Buffer[] = [];
    let gathered = 0;
    for (let number = this.#word(item + 4); gathered < length; ) {
      const at = number * this.#pageSize;
      const used = this.#half(at + page.used);
      const room = this.#pageSize - page.head;
      // Every page but the last is full: so a value takes no more steps than the file has pages.
      const whole = used === room || (used < room && gathered + used >= length);
      if (this.#bytes[at + page.type] !== pageTypes.overflow || !whole) throw new Error("a value ends early");
      parts.push(this.#bytes.subarray(at + page.head, at + page.head + used));
      gathered += used;
      number = this.#word(at + page.next);
    }
    return Buffer.concat(parts, length);
  }

  #word(at: number): number {
    return this.#order === "little" ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  #half(at: number): number {
    return this.#order === "little" ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at);
  }
}
