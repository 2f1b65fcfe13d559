import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { EgressError } from "../../egress/guard.ts";
import type { GuardedRequests, OutgoingRequest } from "../../egress/guarded-request.ts";
import type { Digest } from "../../kernel/brand.ts";
import type { Clock } from "../../kernel/clock.ts";
import { isDigest } from "../../kernel/digest.ts";
import { isFault } from "../../kernel/fault.ts";
import { largestManifest, manifestDigest } from "../../services/ecr/images/manifest.ts";
import {
  dockerManifest,
  dockerManifestList,
  ociIndex,
  ociManifest,
} from "../../services/ecr/images/media-type.ts";
import { UpstreamFailure, type UpstreamFailureCode } from "../../services/ecr/pull-through/faults.ts";
import type { UpstreamCredentials } from "../../services/ecr/pull-through/secret.ts";
import { mediaTypeOf } from "../negotiate.ts";
import { type BearerTokens, bodyOf, readToken, tokenKey, tokenUrl } from "./bearer-tokens.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { mostReferrers, nextPage, referrersIn, referrersTag } from "./referrers.ts";
import { skipBytes } from "./skip-bytes.ts";
import type { Upstream, UpstreamBlob, UpstreamManifest } from "./upstream.ts";

/** Every manifest that can be stored here. */
const accept = [ociIndex, dockerManifestList, ociManifest, dockerManifest].join(", ");

/** Places that one request may be sent on to. */
const mostRedirects = 5;

export interface HttpUpstreamOptions {
  /** `https://registry.example` */
  readonly base: URL;
  readonly credentials: UpstreamCredentials | undefined;
  readonly requests: GuardedRequests;
  readonly tokens: BearerTokens;
  readonly clock: Clock;
}

interface Question {
  readonly method: "GET" | "HEAD";
  /** Behind `/v2/`. */
  readonly path: string;
  /** What a token must allow; empty for the registry as a whole. */
  readonly scope: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A registry that speaks the OCI distribution API over HTTP: without credentials, with Basic, or with tokens. */
export class HttpUpstream implements Upstream {
  readonly #options: HttpUpstreamOptions;
  /** Found out at the first refusal: the registry takes Basic. */
  #basic = false;

  constructor(options: HttpUpstreamOptions) {
    this.#options = options;
  }

  async manifest(repository: string, reference: string): Promise<UpstreamManifest> {
    const response = await this.#ask({
      method: "GET",
      path: `${repository}/manifests/${reference}`,
      scope: pullScope(repository),
      headers: { accept },
    });
    const bytes = await bodyOf(response, largestManifest);
    const named = isDigest(reference) ? reference : undefined;
    const digest = manifestDigest(bytes, named);
    if (named !== undefined && named !== digest) throw damaged(`${reference} came as ${digest}`);
    return { bytes, digest, mediaType: mediaTypeOf(response.headers["content-type"] ?? "") };
  }

  async digestOf(repository: string, tag: string): Promise<Digest | undefined> {
    const response = await this.#ask({
      method: "HEAD",
      path: `${repository}/manifests/${tag}`,
      scope: pullScope(repository),
      headers: { accept },
    });
    response.resume();
    const digest = response.headers["docker-content-digest"];
    return typeof digest === "string" && isDigest(digest) ? digest : undefined;
  }

  async referrers(repository: string, subject: Digest): Promise<readonly Digest[]> {
    const found: Digest[] = [];
    let path: string | undefined = `${repository}/referrers/${subject}`;
    try {
      while (path !== undefined && found.length < mostReferrers) {
        const asked: Question = {
          method: "GET",
          path,
          scope: pullScope(repository),
          headers: { accept: ociIndex },
        };
        const response = await this.#ask(asked);
        const link = headerText(response.headers.link);
        const page = referrersIn(await bodyOf(response, largestManifest));
        found.push(...page);
        path = page.length === 0 ? undefined : nextPage(link, this.#options.base);
      }
      return found.slice(0, mostReferrers);
    } catch (error) {
      if (!isFault(error, "ImageNotFound")) throw error;
      return await this.#taggedReferrers(repository, subject);
    }
  }

  /** Of a registry that does not have the referrers API. */
  async #taggedReferrers(repository: string, subject: Digest): Promise<readonly Digest[]> {
    try {
      const { bytes } = await this.manifest(repository, referrersTag(subject));
      return referrersIn(bytes).slice(0, mostReferrers);
    } catch (error) {
      if (isFault(error, "ImageNotFound")) return [];
      throw error;
    }
  }

  async blob(repository: string, digest: Digest, from: number, signal: AbortSignal): Promise<UpstreamBlob> {
    const response = await this.#ask({
      method: "GET",
      path: `${repository}/blobs/${digest}`,
      scope: pullScope(repository),
      // Content codings would make other bytes of it.
      headers: { "accept-encoding": "identity", ...(from > 0 ? { range: `bytes=${from}-` } : {}) },
      signal,
    });
    return blobOf(response, from);
  }

  async check(): Promise<void> {
    const response = await this.#ask({ method: "GET", path: "", scope: "" });
    response.resume();
  }

  /** Asks; when refused, finds out how to be let in and asks once more. */
  async #ask(question: Question): Promise<IncomingMessage> {
    const first = await this.#follow(question, this.#known(question.scope));
    if (first.statusCode !== 401) return accepted(first);
    const challenges = parseChallenges(headerText(first.headers["www-authenticate"]));
    first.resume();
    const authorization = await this.#authenticate(challenges, question);
    if (authorization === undefined) {
      throw new UpstreamFailure("UpstreamAccessDenied", new Error("no way to be let in that is known here"));
    }
    return accepted(await this.#follow(question, authorization));
  }

  /** The `Authorization` that worked before. */
  #known(scope: string): string | undefined {
    const { base, credentials, tokens } = this.#options;
    if (this.#basic && credentials !== undefined) return basic(credentials);
    const token = tokens.find(tokenKey(base, credentials, scope));
    return token === undefined ? undefined : `Bearer ${token}`;
  }

  async #authenticate(challenges: readonly Challenge[], question: Question): Promise<string | undefined> {
    const { base, credentials, tokens, clock } = this.#options;
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) {
      const key = tokenKey(base, credentials, question.scope);
      tokens.drop(key);
      const headers = credentials === undefined ? undefined : { authorization: basic(credentials) };
      const url = tokenUrl(bearer, base, question.scope);
      const response = accepted(await this.#send(url, { method: "GET", headers: headers ?? {} }));
      const token = await readToken(response, clock.now());
      tokens.keep(key, token);
      return `Bearer ${token.token}`;
    }
    if (credentials === undefined || !challenges.some(({ scheme }) => scheme === "basic")) return undefined;
    this.#basic = true;
    return basic(credentials);
  }

  /** Sends a request on to wherever it is told, each time past the guard. */
  async #follow(question: Question, authorization: string | undefined): Promise<IncomingMessage> {
    const { base } = this.#options;
    let url = new URL(`/v2/${question.path}`, base);
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const { method, headers = {}, signal } = question;
      // INVARIANT: credentials are for the registry alone. Where it sends us has its own in the URL.
      const own = url.origin === base.origin && authorization !== undefined;
      const response = await this.#send(url, {
        method,
        headers: own ? { ...headers, authorization } : headers,
        ...(signal === undefined ? {} : { signal }),
      });
      const { statusCode = 0 } = response;
      const { location } = response.headers;
      if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return response;
      response.resume();
      const next = URL.canParse(location, url.href) ? new URL(location, url.href) : undefined;
      if (next === undefined || (url.protocol === "https:" && next.protocol !== "https:")) {
        throw new UpstreamFailure("UpstreamUnavailable", new Error(`a redirect to ${location}`));
      }
      url = next;
    }
    throw new UpstreamFailure("UpstreamUnavailable", new Error(`more than ${mostRedirects} redirects`));
  }

  async #send(url: URL, request: OutgoingRequest): Promise<IncomingMessage> {
    try {
      return await this.#options.requests.send(url, {
        ...request,
        headers: { "user-agent": "roadstead", ...request.headers },
      });
    } catch (error) {
      if (error instanceof EgressError) throw new UpstreamFailure("UpstreamUnavailable", error);
      throw error;
    }
  }
}

/** What upstream's statuses mean here. */
const failures: Readonly<Record<number, UpstreamFailureCode>> = {
  401: "UpstreamAccessDenied",
  403: "UpstreamAccessDenied",
  404: "ImageNotFound",
  429: "UpstreamTooManyRequests",
};

function accepted(response: IncomingMessage): IncomingMessage {
  const { statusCode = 0 } = response;
  if (statusCode === 200 || statusCode === 206) return response;
  response.resume();
  throw new UpstreamFailure(
    failures[statusCode] ?? "UpstreamUnavailable",
    new Error(`upstream answered ${statusCode}`),
  );
}

/** A blob's answer, which must begin at the byte that was asked for, whatever upstream makes of ranges. */
function blobOf(response: IncomingMessage, from: number): UpstreamBlob {
  const length = lengthOf(response);
  if (response.statusCode === 200) {
    return { size: length, bytes: from === 0 ? response : skipBytes(response, from) };
  }
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers["content-range"] ?? "");
  if (range === null || Number(range[1]) !== from) {
    response.destroy();
    throw damaged("another range than was asked for");
  }
  return { size: range[2] === "*" ? undefined : Number(range[2]), bytes: response as Readable };
}

function lengthOf(response: IncomingMessage): number | undefined {
  const text = response.headers["content-length"];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function damaged(what: string): UpstreamFailure {
  return new UpstreamFailure("UpstreamUnavailable", new Error(`upstream sent ${what}`));
}

function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

function basic({ username, password }: UpstreamCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

function headerText(header: string | readonly string[] | undefined): string {
  return header === undefined ? "" : typeof header === "string" ? header : header.join(", ");
}
