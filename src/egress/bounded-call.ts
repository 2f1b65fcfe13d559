import type { IncomingHttpHeaders } from "node:http";
import { EgressError } from "./guard.ts";
import type { GuardedRequests, OutgoingRequest } from "./guarded-request.ts";

/** What an address answered. */
export interface BoundedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As much of the body as may be read. */
  readonly body: string;
}

/** What one call may cost. */
export interface CallLimits {
  /** From the first byte sent to the last one read, in ms. */
  readonly ms: number;
  /** Bytes of the answer that are read; what is beyond is left. */
  readonly bytes: number;
}

/**
 * Calls an address that a user named, and reads the answer within limits.
 * @throws EgressError
 */
export type BoundedCall = (
  url: URL,
  request: Omit<OutgoingRequest, "signal">,
  limits: CallLimits,
) => Promise<BoundedAnswer>;

/** Makes the calls out of guarded requests. */
export function createBoundedCall(requests: GuardedRequests): BoundedCall {
  return async (url, request, limits) => {
    const response = await requests.send(url, { ...request, signal: AbortSignal.timeout(limits.ms) });
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        chunks.push(chunk.subarray(0, limits.bytes - bytes));
        bytes += chunk.length;
        if (bytes >= limits.bytes) break;
      }
    } catch (error) {
      throw new EgressError("unreachable", `${url.href}: the answer broke off`, { cause: error });
    } finally {
      response.destroy();
    }
    const body = Buffer.concat(chunks).toString("utf8");
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  };
}
