import type { IncomingMessage } from "node:http";
import { Fault } from "../kernel/fault.ts";

/** Bytes of request bodies that may be held in memory at once, over all connections. */
export interface BodyBudget {
  /**
   * Reads a body of at most `limit` bytes and hands it to `use`; the bytes count as held until that settles.
   * Throws `RequestEntityTooLarge` (413) or `ServiceUnavailable` (503); the rest of the request is then left unread.
   */
  read<T>(request: IncomingMessage, limit: number, use: (body: Buffer) => Promise<T>): Promise<T>;
}

/** Makes the budget. Memory stays bounded however many clients send at once. */
export function bodyBudget(total: number): BodyBudget {
  let held = 0;

  return {
    async read(request, limit, use) {
      const announced = Number(request.headers["content-length"] ?? "0");
      if (announced > limit) throw tooLarge(limit);
      const chunks: Buffer[] = [];
      let size = 0;
      try {
        // A request that is given up stays open: destroying it would take the connection, and the answer with it.
        for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
          size += chunk.length;
          held += chunk.length;
          if (size > limit) throw tooLarge(limit);
          if (held > total) throw tooMany();
          chunks.push(chunk);
        }
        const [only] = chunks;
        return await use(
          chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks.splice(0), size),
        );
      } finally {
        held -= size;
      }
    },
  };
}

function tooLarge(limit: number): Fault {
  return new Fault("RequestEntityTooLarge", `Request body is larger than the limit of ${limit} bytes.`, {
    status: 413,
  });
}

function tooMany(): Fault {
  return new Fault("ServiceUnavailable", "Too many request bytes in flight. Try again.", { status: 503 });
}
