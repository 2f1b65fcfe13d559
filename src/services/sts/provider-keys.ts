import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { boundedCache } from "../../kernel/bounded-cache.ts";
import { hour, second } from "../../kernel/duration.ts";
import { Fault } from "../../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../../kernel/json.ts";
import type { DocumentSource, OidcProvider } from "./ports.ts";
import { invalid, unverified, type WebIdentityToken } from "./web-identity-token.ts";

/** The keys that providers sign with, as they publish them, kept for a while. */
export interface ProviderKeys {
  /**
   * The keys that may have signed a token.
   * @param now epoch milliseconds.
   * @throws IDPCommunicationError, InvalidIdentityToken.
   */
  candidates(provider: OidcProvider, token: WebIdentityToken, now: number): Promise<readonly KeyObject[]>;
}

interface PublishedKey {
  readonly id: string | undefined;
  readonly algorithm: string | undefined;
  readonly key: KeyObject;
}

interface Fetched {
  readonly at: number;
  readonly keys: Promise<readonly PublishedKey[]>;
}

/** How long keys are taken to be the provider's without asking again. */
const freshFor = hour;
/** How long after one fetch a key that it did not bring, or its failure, is no reason for another. */
const notBefore = 10 * second;
/** Keys of one type that are looked at (IAM User Guide, "Create an OIDC identity provider": 100 RSA and 100 EC keys). */
const mostKeys = 100;

/** Makes the cache over a source of documents. */
export function createProviderKeys(source: DocumentSource): ProviderKeys {
  const cache = boundedCache<Fetched>(1000);

  function fetched(provider: OidcProvider, now: number): Fetched {
    const entry: Fetched = { at: now, keys: publishedKeys(source, provider) };
    // Whoever waits for the keys hears of a failure; nobody may be waiting.
    entry.keys.catch(() => undefined);
    cache.set(cacheKey(provider), entry);
    return entry;
  }

  return {
    async candidates(provider, token, now) {
      const known = cache.get(cacheKey(provider));
      const recent = known !== undefined && now - known.at < notBefore && now >= known.at;
      if (known !== undefined && (recent || (now - known.at < freshFor && now >= known.at))) {
        const found = await known.keys.then(
          (keys) => matching(keys, token),
          (error: unknown) => {
            if (recent) throw error;
            return [];
          },
        );
        if (found.length > 0 || recent) return found;
      }
      // Nothing known, or a key that came after the last fetch: providers rotate their keys.
      return matching(await fetched(provider, now).keys, token);
    },
  };
}

/** Other thumbprints are another trust: what was fetched under the old ones does not count. */
function cacheKey(provider: OidcProvider): string {
  return [provider.url, ...provider.thumbprints].join(" ");
}

function matching(keys: readonly PublishedKey[], token: WebIdentityToken): readonly KeyObject[] {
  return keys
    .filter(({ id }) => token.keyId === undefined || id === token.keyId)
    .filter(({ algorithm }) => algorithm === undefined || algorithm === token.algorithm)
    .map(({ key }) => key);
}

/** OpenID Connect Discovery 1.0, section 4; RFC 7517. */
async function publishedKeys(
  source: DocumentSource,
  provider: OidcProvider,
): Promise<readonly PublishedKey[]> {
  const issuer = `https://${provider.url}`;
  const configuration = await json(source, provider, `${issuer}/.well-known/openid-configuration`);
  const { issuer: named, jwks_uri: address } = configuration;
  if (typeof named !== "string" || withoutSlash(named) !== issuer || typeof address !== "string") {
    throw unverified();
  }
  const { keys } = await json(source, provider, address);
  if (!Array.isArray(keys)) throw unverified();
  return ["RSA", "EC"].flatMap((type) =>
    keys
      .filter((key: Json) => isJsonObject(key) && key.kty === type && (key.use ?? "sig") === "sig")
      .slice(0, mostKeys)
      .flatMap((key: Json) => publishedKey(key) ?? []),
  );
}

function publishedKey(value: Json): PublishedKey | undefined {
  if (!isJsonObject(value)) return undefined;
  const { kid, alg } = value;
  try {
    return {
      id: typeof kid === "string" ? kid : undefined,
      algorithm: typeof alg === "string" ? alg : undefined,
      // INVARIANT: a public key, whatever was published: `createPublicKey` drops a private part and refuses secrets.
      key: createPublicKey({ key: value as JsonWebKey, format: "jwk" }),
    };
  } catch {
    // A key of a kind that is unknown here has signed nothing that could be checked.
    return undefined;
  }
}

async function json(
  source: DocumentSource,
  provider: OidcProvider,
  url: string,
): Promise<{ readonly [name: string]: Json }> {
  let document: Buffer;
  try {
    document = await source(url, provider.thumbprints);
  } catch (error) {
    throw refusal(error);
  }
  const value = parseJson(document.toString("utf8"));
  if (!isJsonObject(value)) throw unverified();
  return value;
}

/** The fault for a document that could not be had, by `EgressError.problem`. Anything else is thrown on. */
function refusal(error: unknown): unknown {
  if (!(error instanceof Error) || !("problem" in error)) return error;
  switch (error.problem) {
    case "unreachable":
      return new Fault(
        "IDPCommunicationError",
        "The identity provider could not be reached. Try the request again.",
        { cause: error },
      );
    case "untrusted":
      return invalid("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint");
    case "forbidden":
      // Whoever runs Roadstead on one machine with a provider needs to be told why it is not called.
      return invalid(`${unverified().message}: ${error.message}`);
    default:
      return unverified();
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, "");
}
