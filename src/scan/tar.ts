import { UnreadableImage } from "./unreadable.ts";

/** An entry of a tar archive. Its bytes are passed over unless they are asked for before the next entry is. */
export interface TarEntry {
  /** As it is written: nobody joins it to a path. */
  readonly path: string;
  readonly type: "file" | "directory" | "other";
  /** Bytes. */
  readonly size: number;
  content(): Promise<Buffer>;
}

const block = 512;
/** Bytes of a header that only describes the next entry: names are of some hundred bytes. */
const largestDescription = 1024 * 1024;

/** The entries of a tar archive in any of its formats: ustar, pax, GNU (tar(5)). Throws `UnreadableImage`. */
export async function* tarEntries(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const source = new ByteSource(bytes);
  let described: { path?: string; size?: number } = {};
  for (;;) {
    const header = await source.take(block);
    if (header === undefined || header.every((byte) => byte === 0)) return;
    const { name, size, type } = readHeader(header);
    const padded = Math.ceil(size / block) * block;
    if (type === "x" || type === "L") {
      if (size > largestDescription) throw damaged("a description of an entry is too long");
      const text = (await source.need(padded)).subarray(0, size);
      described = type === "x" ? { ...described, ...readPax(text) } : { ...described, path: cText(text) };
      continue;
    }
    if (type === "g" || type === "K") {
      await source.skip(padded);
      continue;
    }
    if (type === "S") await skipSparseMap(source, header);
    const length = described.size ?? size;
    if (!Number.isSafeInteger(length) || length < 0) throw damaged("an entry's size cannot be");
    let left = Math.ceil(length / block) * block;
    yield {
      path: described.path ?? name,
      type: type === "0" || type === "7" ? "file" : type === "5" ? "directory" : "other",
      size: length,
      async content() {
        const all = await source.need(left);
        left = 0;
        return all.subarray(0, length);
      },
    };
    // Links and devices have a size of another file, or none: no bytes follow.
    if (!"123456".includes(type)) await source.skip(left);
    described = {};
  }
}

function readHeader(header: Buffer) {
  let sum = 8 * 0x20;
  for (let at = 0; at < block; at++) if (at < 148 || at >= 156) sum += header[at] ?? 0;
  if (numberAt(header, 148, 8) !== sum) throw damaged("a header's checksum is wrong");
  const type = header[156] === 0 ? "0" : String.fromCharCode(header[156] ?? 0);
  const name = cText(header.subarray(0, 100));
  const ustar = header.toString("latin1", 257, 263) === "ustar\0";
  const prefix = ustar ? cText(header.subarray(345, 500)) : "";
  const size = numberAt(header, 124, 12);
  if (!Number.isSafeInteger(size) || size < 0) throw damaged("an entry's size cannot be");
  return { name: prefix === "" ? name : `${prefix}/${name}`, size, type };
}

/** Octal digits, or, with the highest bit set, a number of base 256. */
function numberAt(header: Buffer, at: number, length: number): number {
  const field = header.subarray(at, at + length);
  if (field[0] === 0x80) return field.subarray(1).reduce((value, byte) => value * 256 + byte, 0);
  const digits = cText(field).trim();
  if (digits === "") return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

/** Records of `<length> <key>=<value>\n`. */
function readPax(text: Buffer): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(text.toString("latin1", at, space));
    if (!Number.isSafeInteger(length) || length <= space - at || at + length > text.length) {
      throw damaged("an extended header cannot be read");
    }
    const record = text.toString("utf8", space + 1, at + length - 1);
    const equals = record.indexOf("=");
    const value = record.slice(equals + 1);
    if (record.startsWith("path=")) found.path = value;
    if (record.startsWith("size=")) found.size = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    at += length;
  }
  return found;
}

/** GNU's old sparse files: further blocks of the map follow the header. */
async function skipSparseMap(source: ByteSource, header: Buffer): Promise<void> {
  let more = header[482] === 1;
  while (more) more = (await source.need(block))[504] === 1;
}

function cText(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
}

function damaged(what: string): UnreadableImage {
  return new UnreadableImage(`A layer is no whole tar archive: ${what}.`);
}

/** Bytes that arrive in chunks of any size, taken in pieces of the size that is wanted. */
class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  /** So many bytes; `undefined` at the end. */
  async take(size: number): Promise<Buffer | undefined> {
    if (this.#chunk.length === 0 && !(await this.#more())) return undefined;
    return this.need(size);
  }

  async need(size: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = size; left > 0; ) {
      const part = await this.#some(left);
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  async skip(size: number): Promise<void> {
    for (let left = size; left > 0; ) left -= (await this.#some(left)).length;
  }

  async #some(most: number): Promise<Buffer> {
    if (this.#chunk.length === 0 && !(await this.#more())) throw damaged("it ends in the middle of an entry");
    const part = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(part.length);
    return part;
  }

  async #more(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return false;
      const { buffer, byteOffset, byteLength } = next.value;
      this.#chunk = Buffer.from(buffer, byteOffset, byteLength);
    }
    return true;
  }
}
