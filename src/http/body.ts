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
      let size = 0;
      try {
        const body = await collect(request, (chunk) => {
          size += chunk.length;
          held += chunk.length;
          if (size > limit) throw tooLarge(limit);
          if (held > total) throw tooMany();
        });
        return await use(body);
      } finally {
        held -= size;
      }
    },
  };
}

/**
 * Joins the bytes of a request; `admit` sees each chunk first and may throw, which ends the reading. The request stays
 * open then: destroying it would take the connection, and the answer with it. By events, because an iterator over the
 * stream costs as much as the rest of a small call.
 */
function collect(request: IncomingMessage, admit: (chunk: Buffer) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const settle = (): void => {
      request.off("data", onData).off("end", onEnd).off("error", onBroken).off("close", onBroken);
    };
    const onData = (chunk: Buffer): void => {
      try {
        admit(chunk);
        chunks.push(chunk);
      } catch (error) {
        settle();
        request.pause();
        reject(error);
      }
    };
    const onEnd = (): void => {
      settle();
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
    };
    const onBroken = (error?: Error): void => {
      settle();
      reject(error ?? new Error("the request ended before its body did"));
    };
    request.on("data", onData).on("end", onEnd).on("error", onBroken).on("close", onBroken);
  });
}

function tooLarge(limit: number): Fault {
  return new Fault("RequestEntityTooLarge", `Request body is larger than the limit of ${limit} bytes.`, {
    status: 413,
  });
}

function tooMany(): Fault {
  return new Fault("ServiceUnavailable", "Too many request bytes in flight. Try again.", { status: 503 });
}
