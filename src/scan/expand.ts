import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Decompress } from "fzstd";
import { UnreadableImage } from "./unreadable.ts";

/** Told of bytes as they come out; it throws when they are too many. */
export type Meter = (bytes: number) => void;

/**
 * The bytes of a layer, unpacked: gzip and zstd are known by how they begin, whatever the layer's media type says.
 * Anything else goes through as it is. Throws `UnreadableImage`.
 */
export async function* expand(layer: Readable, meter: Meter): AsyncGenerator<Uint8Array> {
  try {
    const [head, bytes] = await peek(layer);
    const plain = head.startsWith("1f8b")
      ? gunzip(bytes)
      : head === "28b52ffd"
        ? unzstd(bytes, meter)
        : bytes;
    for await (const chunk of plain) {
      // What zstd unpacks is counted before it is handed on.
      if (head !== "28b52ffd") meter(chunk.length);
      yield chunk;
    }
  } finally {
    layer.destroy();
  }
}

/** The first four bytes in hex, and all bytes. */
async function peek(layer: Readable): Promise<readonly [string, AsyncIterable<Uint8Array>]> {
  const chunks = layer[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let first = Buffer.alloc(0);
  while (first.length < 4) {
    const next = await chunks.next();
    if (next.done) break;
    first = Buffer.concat([first, next.value]);
  }
  async function* all() {
    if (first.length > 0) yield first;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  return [first.toString("hex", 0, 4), all()];
}

function gunzip(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return damaged(
    pipeline(Readable.from(bytes), createGunzip(), () => undefined),
    "gzip",
  );
}

/** Bytes that are given to zstd at once: a few bytes may become very many. */
const zstdStep = 4096;

async function* unzstd(bytes: AsyncIterable<Uint8Array>, meter: Meter): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const unpacking = new Decompress((chunk) => {
    meter(chunk.length);
    ready.push(chunk.slice());
  });
  const push = (chunk: Uint8Array, last: boolean): void => {
    try {
      unpacking.push(chunk, last);
    } catch (error) {
      throw asUnreadable(error, "zstd");
    }
  };
  for await (const chunk of bytes) {
    for (let from = 0; from < chunk.length; from += zstdStep) {
      push(chunk.subarray(from, from + zstdStep), false);
      yield* ready;
      ready = [];
    }
  }
  push(new Uint8Array(0), true);
  yield* ready;
}

/** Errors of unpacking are the image's; all others pass. */
async function* damaged(bytes: AsyncIterable<Uint8Array>, format: string): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw code.startsWith("Z_") ? asUnreadable(error, format) : error;
  }
}

function asUnreadable(error: unknown, format: string): UnreadableImage {
  if (error instanceof UnreadableImage) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new UnreadableImage(`A layer is not whole ${format} data: ${why}.`);
}
