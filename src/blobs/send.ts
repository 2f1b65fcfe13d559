import { createReadStream, read as readDescriptor } from "node:fs";
import { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import type { Keystream } from "./keystream.ts";

/** How much a reader is given at once, in bytes: below it threads hand over more often than the disk reads. */
const readSize = 512 << 10;
/** Bytes that are read and written at once by `send`: few enough to stay in the processor's own memory. */
const pieceSize = 256 << 10;
/** Pieces on their way at once: one is read while the other is written. */
const pieces = 2;
/** Buffers that are kept for the next download. */
const mostSpare = 64;

const read = promisify(readDescriptor);

interface FilePart {
  readonly fd: number;
  /** The first byte, and the last. */
  readonly start: number;
  readonly end: number;
  /** Decrypts the bytes from the first on. */
  readonly keystream?: Pick<Keystream, "applyInPlace"> | undefined;
}

/** The files behind streams that `readFile` gave. */
const files = new WeakMap<Readable, FilePart>();
/** What streams are made of that `readParts` gave. */
const joined = new WeakMap<Readable, Parts>();

/** Bytes at hand, which nobody changes any more, or a stream, of which `taken` is told how many bytes it gave. */
export type Part = Buffer | { readonly stream: Readable; readonly taken: (bytes: number) => void };
/**
 * What comes one after the other. The next is asked for when the one before was read to its end; streams are closed by
 * their giver, who is told by `return` when nobody reads on.
 */
type Parts = AsyncIterable<Part>;

/** The bytes of an open file, which the stream closes. A plain descriptor: the stream of a `FileHandle` takes longer. */
export function readFile(part: FilePart): Readable {
  const { fd, start, end, keystream } = part;
  const stored = createReadStream("", { fd, start, end, highWaterMark: readSize });
  const stream = keystream === undefined ? stored : decrypted(stored, keystream);
  files.set(stream, part);
  return stream;
}

/** Nothing is read of the file before the stream is. */
function decrypted(stored: Readable, keystream: Pick<Keystream, "applyInPlace">): Readable {
  async function* pieces(): AsyncGenerator<Buffer> {
    for await (const chunk of stored) {
      keystream.applyInPlace(chunk);
      yield chunk;
    }
  }
  const stream = Readable.from(pieces(), { objectMode: false, highWaterMark: readSize });
  // A generator that never began does not end either.
  return stream.once("close", () => stored.destroy());
}

/** The bytes of parts. */
export function readParts(parts: AsyncIterable<Part>): Readable {
  const stream = Readable.from(bytesOf(parts), { objectMode: false, highWaterMark: readSize });
  joined.set(stream, parts);
  return stream;
}

async function* bytesOf(parts: Parts): AsyncGenerator<Buffer> {
  for await (const part of parts) {
    if (Buffer.isBuffer(part)) {
      yield part;
      continue;
    }
    for await (const chunk of part.stream) {
      part.taken(chunk.length);
      yield chunk;
    }
  }
}

/**
 * Writes all bytes to a stream and ends it. Throws when either breaks; both are destroyed then.
 *
 * A stream of Node gets new memory for each of its buffers, which costs more than copying the bytes. What comes straight
 * from a file is therefore read here, into memory that is used again once it has been written.
 */
export async function send(bytes: Readable, to: Writable): Promise<void> {
  const file = files.get(bytes);
  const parts = joined.get(bytes);
  if ((file === undefined && parts === undefined) || bytes.readableDidRead) return await pipe(bytes, to);
  const sending = new Sending(to);
  try {
    if (file !== undefined) await sending.copy(file);
    if (parts !== undefined) await sending.join(parts);
    await sending.finish();
  } catch (error) {
    to.destroy();
    throw error;
  } finally {
    sending.release();
    bytes.destroy();
  }
}

async function pipe(bytes: Readable, to: Writable): Promise<void> {
  const connection = connectionOf(to);
  let leave = (): void => undefined;
  const left = new Promise<never>((_, reject) => {
    leave = () => {
      bytes.destroy();
      reject(readerGone());
    };
  });
  connection?.once("close", leave);
  try {
    await Promise.race([pipeline(bytes, to), left]);
  } finally {
    connection?.off("close", leave);
  }
}

function readerGone(): Error {
  return new Error("the reader has gone");
}

/**
 * What a response goes out on. One that waits for its turn, behind others of requests that a client sent at once, is not
 * told when that closes (Node.js 20).
 */
function connectionOf(to: Writable): Socket | undefined {
  return to instanceof ServerResponse ? to.req.socket : undefined;
}

const spare: Buffer[] = [];

/** The writing of bytes to a stream that may break at any moment. */
class Sending {
  readonly #to: Writable;
  readonly #connection: Socket | undefined;
  #writing = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(to: Writable) {
    this.#to = to;
    this.#connection = connectionOf(to);
    to.on("error", this.#fail).on("close", this.#onClose);
    this.#connection?.on("close", this.#onClose);
  }

  /** Settles when all parts were written. A stream that breaks does not wait for the next of them. */
  async join(parts: Parts): Promise<void> {
    const iterator = parts[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#unlessBroken(iterator.next());
        if (done) break;
        if (Buffer.isBuffer(value)) await this.#put(value);
        else await this.#take(value);
      }
    } finally {
      void iterator.return?.();
    }
    await this.#until(() => this.#writing === 0);
    this.#throwFailure();
  }

  async #take({ stream, taken }: Exclude<Part, Buffer>): Promise<void> {
    const file = files.get(stream);
    if (file !== undefined) return await this.copy(file, taken);
    for await (const chunk of stream) {
      taken(chunk.length);
      await this.#put(chunk);
    }
  }

  /** Writes bytes that stay as they are, once there is room for them. */
  async #put(bytes: Buffer): Promise<void> {
    await this.#until(() => this.#writing < pieces);
    this.#throwFailure();
    this.#write(bytes, () => undefined);
  }

  #write(bytes: Buffer, written: () => void): void {
    this.#writing += 1;
    this.#to.write(bytes, (error) => {
      this.#writing -= 1;
      if (error) this.#fail(error);
      else written();
      this.#wake?.();
    });
  }

  /** Settles when all bytes were written, or at once when the stream breaks. */
  async copy(
    { fd, start, end, keystream }: FilePart,
    taken: (bytes: number) => void = () => undefined,
  ): Promise<void> {
    for (let at = start; at <= end; ) {
      await this.#until(() => this.#writing < pieces);
      this.#throwFailure();
      const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(pieceSize);
      const { bytesRead } = await read(fd, buffer, 0, Math.min(pieceSize, end - at + 1), at);
      if (this.#to.destroyed) this.#onClose();
      this.#throwFailure();
      if (bytesRead === 0) break;
      at += bytesRead;
      taken(bytesRead);
      const piece = buffer.subarray(0, bytesRead);
      keystream?.applyInPlace(piece);
      // INVARIANT: a buffer is used again only when the system has taken its bytes.
      this.#write(piece, () => {
        if (spare.length < mostSpare) spare.push(buffer);
      });
    }
    await this.#until(() => this.#writing === 0);
    this.#throwFailure();
  }

  /** Ends the stream, and settles when all has gone out. */
  async finish(): Promise<void> {
    let finished = false;
    this.#to.end(() => {
      finished = true;
      this.#wake?.();
    });
    await this.#until(() => finished);
    if (!finished) this.#throwFailure();
  }

  release(): void {
    this.#to.off("error", this.#fail).off("close", this.#onClose);
    this.#connection?.off("close", this.#onClose);
  }

  async #unlessBroken<T>(promised: Promise<T>): Promise<T> {
    let kept: { readonly value: T } | undefined;
    promised.then(
      (value) => {
        kept = { value };
        this.#wake?.();
      },
      (error: unknown) => this.#fail(error),
    );
    await this.#until(() => kept !== undefined);
    if (kept === undefined) throw this.#failure?.error;
    return kept.value;
  }

  /** A stream that closes may never tell of its writes: a failure ends the waiting, too. */
  async #until(met: () => boolean): Promise<void> {
    while (!met() && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  readonly #fail = (error: unknown): void => {
    this.#failure ??= { error };
    this.#wake?.();
  };

  readonly #onClose = (): void => this.#fail(readerGone());

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
