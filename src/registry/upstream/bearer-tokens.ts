import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { boundedCache } from "../../kernel/bounded-cache.ts";
import type { Clock } from "../../kernel/clock.ts";
import { second } from "../../kernel/duration.ts";
import { isJsonObject, parseJson } from "../../kernel/json.ts";
import { UpstreamFailure } from "../../services/ecr/pull-through/faults.ts";
import type { UpstreamCredentials } from "../../services/ecr/pull-through/secret.ts";
import type { Challenge } from "./challenge.ts";

/** Bytes of a token server's answer. */
const largestAnswer = 256 * 1024;
/** How long a token lasts when its server does not say (docker's token specification), in ms. */
const defaultLife = 60 * second;
/** A token is not used in its last moments. */
const margin = 10 * second;

/** Tokens by place, user and scope, until they expire. */
export interface BearerTokens {
  /** A token that is still good, if there is one. */
  find(key: string): string | undefined;
  keep(key: string, token: Token): void;
  drop(key: string): void;
  clear(): void;
}

export interface Token {
  readonly token: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export function createBearerTokens(clock: Clock): BearerTokens {
  const tokens = boundedCache<Token | undefined>(2000);
  return {
    find(key) {
      const found = tokens.get(key);
      return found !== undefined && found.expiresAt - margin > clock.now() ? found.token : undefined;
    },
    keep: (key, token) => tokens.set(key, token),
    drop: (key) => tokens.set(key, undefined),
    clear: tokens.clear,
  };
}

/** What tells the tokens of one rule from another's. The password itself is not kept. */
export function tokenKey(base: URL, credentials: UpstreamCredentials | undefined, scope: string): string {
  const secret = `${credentials?.username ?? ""}\n${credentials?.password ?? ""}`;
  return `${base.href} ${createHash("sha256").update(secret).digest("hex")} ${scope}`;
}

/**
 * Where to ask for the token that a challenge wants ("Token Authentication Specification", docker's registry).
 * Throws when the challenge names no place, or one out of HTTPS when the registry itself is inside.
 */
export function tokenUrl(challenge: Challenge, base: URL, scope: string): URL {
  const { realm = "", service, scope: wanted } = challenge.parameters;
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (url === undefined) throw new UpstreamFailure("UpstreamAccessDenied", new Error(`no realm: ${realm}`));
  if (base.protocol === "https:" && url.protocol !== "https:") {
    throw new UpstreamFailure("UpstreamAccessDenied", new Error(`the realm ${realm} leads out of HTTPS`));
  }
  if (service !== undefined) url.searchParams.set("service", service);
  const asked = scope === "" ? (wanted ?? "") : scope;
  for (const one of asked.split(" ").filter((text) => text !== "")) url.searchParams.append("scope", one);
  return url;
}

/** Reads a token server's answer. */
export async function readToken(response: IncomingMessage, now: number): Promise<Token> {
  const answer = parseJson((await bodyOf(response, largestAnswer)).toString("utf8"));
  const { token, access_token: access, expires_in: life } = isJsonObject(answer) ? answer : {};
  const text = typeof token === "string" && token !== "" ? token : access;
  if (typeof text !== "string" || !/^[\x21-\x7e]+$/.test(text)) {
    throw new UpstreamFailure("UpstreamUnavailable", new Error("the token server answered without a token"));
  }
  const lasts = typeof life === "number" && life > 0 ? life * second : defaultLife;
  return { token: text, expiresAt: now + lasts };
}

/** All of an answer. Throws `UpstreamFailure` when it is larger than `limit` bytes or breaks off. */
export async function bodyOf(response: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw new Error(`the answer is larger than ${limit} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw new UpstreamFailure("UpstreamUnavailable", error);
  } finally {
    response.destroy();
  }
  return Buffer.concat(chunks);
}
