import { boundedCache } from "../../kernel/bounded-cache.ts";
import type { Finding } from "./answer.ts";
import type { Forwarder } from "./forwarder.ts";
import type { KnownNames } from "./known-names.ts";
import {
  type Answer,
  bare,
  datagramLimit,
  type EncodedAnswer,
  encodeAnswer,
  type Query,
  readQuery,
  writeAnswer,
  writeMalformed,
} from "./message.ts";
import type { Asker } from "./name-source.ts";

/** How a question came: what is larger than a datagram takes goes over a stream. */
export type Transport = "datagram" | "stream";

/** Answers messages, whoever carries them. */
export interface Responder {
  /**
   * @returns the answer at once when it is known, a promise when rows must be read or another server asked, `undefined`
   * when there is none to give.
   */
  respond(
    message: Buffer,
    asker: Asker,
    transport: Transport,
  ): Buffer | Promise<Buffer | undefined> | undefined;
}

export interface ResponderPorts {
  readonly names: KnownNames;
  /** Asked for what a VPC does not know. Programs of the host have their own resolver, which may well ask here. */
  readonly forwarder: Forwarder;
  /** Hears of what could not be answered. */
  readonly onError: (error: unknown) => void;
}

/** The largest message of a stream. */
const largestMessage = 65_535;
/** Answers kept ready to send. */
const mostReady = 8192;
/** Questions that wait for rows or for other servers at once: more are turned away. */
const mostWaiting = 512;

export function createResponder({ names, forwarder, onError }: ResponderPorts): Responder {
  const ready = boundedCache<EncodedAnswer>(mostReady);
  let readyOf = -1;
  let waiting = 0;

  function readyAnswer(key: string): EncodedAnswer | undefined {
    if (readyOf === names.generation()) return ready.get(key);
    ready.clear();
    readyOf = names.generation();
    return undefined;
  }

  async function later(query: Query, asker: Asker, limit: number): Promise<Buffer> {
    waiting++;
    try {
      const finding = await names.find(query, asker);
      const answer = await completed(query, finding, asker);
      return writeAnswer(query, encodeAnswer(query.name, answer, asker.kind === "vpc"), limit);
    } catch (error) {
      onError(error);
      return writeAnswer(query, encodeAnswer(query.name, bare("SERVFAIL"), asker.kind === "vpc"), limit);
    } finally {
      waiting--;
    }
  }

  /** Asks elsewhere where a chain of names leads there. */
  async function completed({ type }: Query, finding: Finding, asker: Asker): Promise<Answer> {
    const { elsewhere } = finding;
    if (elsewhere === undefined) return finding;
    if (asker.kind === "host") return finding.answers.length > 0 ? finding : bare("REFUSED");
    const further = await forwarder.ask({ name: elsewhere, type });
    return {
      ...further,
      authoritative: finding.authoritative,
      answers: [...finding.answers, ...further.answers],
    };
  }

  return {
    respond(message, asker, transport) {
      const query = readQuery(message);
      if (query === undefined) return undefined;
      if ("rcode" in query) return writeMalformed(query);
      const limit = transport === "stream" ? largestMessage : datagramLimit(query);
      const key = `${asker.kind === "vpc" ? asker.vpcId : ""} ${query.type} ${query.name}`;
      const known = readyAnswer(key);
      if (known !== undefined && names.isFresh()) return writeAnswer(query, known, limit);
      const finding = names.peek(query, asker);
      if (finding !== undefined && (finding.elsewhere === undefined || asker.kind === "host")) {
        const answer =
          finding.elsewhere === undefined || finding.answers.length > 0 ? finding : bare("REFUSED");
        const encoded = encodeAnswer(query.name, answer, asker.kind === "vpc");
        if (finding.steady && finding.elsewhere === undefined) ready.set(key, encoded);
        return writeAnswer(query, encoded, limit);
      }
      if (waiting >= mostWaiting) {
        return transport === "datagram"
          ? undefined
          : writeAnswer(query, encodeAnswer(query.name, bare("SERVFAIL"), false), limit);
      }
      return later(query, asker, limit);
    },
  };
}
