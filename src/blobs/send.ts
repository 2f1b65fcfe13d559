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

/**
 * Writes all bytes to a stream and ends it. Throws when either breaks; both are destroyed then.
 *
 * A stream of Node gets new memory for each of its buffers, which costs more than copying the bytes. What comes straight
 * from a file is therefore read here, into memory that is used again once it has been written.
 */
export async function send(bytes: Readable, to: Writable): Promise<void> {
  const part = files.get(bytes);
  if (part === undefined || bytes.readableDidRead) return await pipe(bytes, to);
  const sending = new Sending(to);
  try {
    await sending.write(part);
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

/** The writing of a file's bytes to a stream that may break at any moment. */
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

  /** Settles when all bytes were written, or at once when the stream breaks. */
  async write({ fd, start, end, keystream }: FilePart): Promise<void> {
    for (let at = start; at <= end; ) {
      await this.#until(() => this.#writing < pieces);
      this.#throwFailure();
      const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(pieceSize);
      const { bytesRead } = await read(fd, buffer, 0, Math.min(pieceSize, end - at + 1), at);
      if (this.#to.destroyed) this.#onClose();
      this.#throwFailure();
      if (bytesRead === 0) break;
      at += bytesRead;
      this.#writing += 1;
      const piece = buffer.subarray(0, bytesRead);
      keystream?.applyInPlace(piece);
      this.#to.write(piece, (error) => {
        this.#writing -= 1;
        // INVARIANT: a buffer is used again only when the system has taken its bytes.
        if (error) this.#fail(error);
        else if (spare.length < mostSpare) spare.push(buffer);
        this.#wake?.();
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
