import type { IncomingMessage } from "node:http";
import { Fault } from "../kernel/fault.ts";

/** Bytes of request bodies that may be held in memory at once, over all connections. */
export interface BodyBudget {
  /** Reads a body of at most `limit` bytes. Throws `RequestEntityTooLarge` (413) or `Throttling` (503). */
  read(request: IncomingMessage, limit: number): Promise<Buffer>;
}

/** Makes the budget. Memory stays bounded however many clients send at once. */
export function bodyBudget(total: number): BodyBudget {
  let held = 0;

  async function read(request: IncomingMessage, limit: number): Promise<Buffer> {
    const announced = Number(request.headers["content-length"] ?? "0");
    if (announced > limit) throw tooLarge(limit);
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length;
        held += chunk.length;
        if (size > limit) throw tooLarge(limit);
        if (held > total) {
          throw new Fault("ServiceUnavailable", "Too many request bytes in flight. Try again.", {
            status: 503,
          });
        }
        chunks.push(chunk);
      }
      const [only] = chunks;
      return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size);
    } finally {
      held -= size;
    }
  }
  return { read };
}

function tooLarge(limit: number): Fault {
  return new Fault("RequestEntityTooLarge", `Request body is larger than the limit of ${limit} bytes.`, {
    status: 413,
  });
}
