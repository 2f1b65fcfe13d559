import { Readable } from "node:stream";

/** A stream without its first `count` bytes. */
export function skipBytes(bytes: Readable, count: number): Readable {
  return Readable.from(rest(bytes, count), { objectMode: false });
}

async function* rest(bytes: Readable, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
