import type { Readable } from "node:stream";
import type { RunningHash } from "./running-hash.ts";

/** The least size of a part that is not the last one (S3 API reference, UploadPart, `EntityTooSmall`). */
const leastPart = 5 << 20;

/** An object that holds a part of an upload. */
export interface Piece {
  readonly path: string;
  readonly size: number;
}

/** The pieces that make one part: one, or several that are too small alone. Never empty. */
export type Source = readonly Piece[];

/**
 * Cuts a stream into buffers of `size` bytes, the last one shorter, hashing each chunk as it comes. When the stream
 * breaks, what arrived is given out before its error is thrown. The stream is not destroyed when the taker stops.
 */
export async function* inPieces(
  bytes: Readable,
  size: number,
  hash: RunningHash | undefined,
): AsyncGenerator<Buffer> {
  let piece = Buffer.allocUnsafe(size);
  let filled = 0;
  let failure: { readonly error: unknown } | undefined;
  const chunks = bytes.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        failure = { error };
        return { done: true as const, value: undefined };
      });
      if (next.done) break;
      let chunk: Buffer = Buffer.isBuffer(next.value) ? next.value : Buffer.from(next.value);
      while (chunk.length > 0) {
        const taken = chunk.copy(piece, filled);
        hash?.update(chunk.subarray(0, taken));
        filled += taken;
        chunk = chunk.subarray(taken);
        if (filled < size) continue;
        yield piece;
        piece = Buffer.allocUnsafe(size);
        filled = 0;
      }
    }
    if (filled > 0) yield piece.subarray(0, filled);
  } finally {
    await chunks.return?.();
  }
  if (failure !== undefined) throw failure.error;
}

/**
 * Sends each piece, in order, while the next is gathered. When a piece cannot be had or sent, throws once nothing is
 * being sent any more.
 */
export async function sendEach(
  pieces: AsyncIterable<Buffer>,
  send: (piece: Buffer) => Promise<void>,
): Promise<void> {
  let sending = Promise.resolve();
  try {
    for await (const piece of pieces) {
      await sending;
      sending = send(piece);
      // Whoever awaits it next sees the failure; until then it is not an unhandled one.
      sending.catch(() => undefined);
    }
  } finally {
    await sending;
  }
}

/** Groups pieces into parts of which all but the last are large enough for S3. */
export function mergePieces(pieces: readonly Piece[]): readonly Source[] {
  const parts: Piece[][] = [];
  let open: Piece[] | undefined;
  let openSize = 0;
  for (const piece of pieces) {
    if (open === undefined) {
      open = [];
      openSize = 0;
      parts.push(open);
    }
    open.push(piece);
    openSize += piece.size;
    if (openSize >= leastPart) open = undefined;
  }
  return parts;
}
