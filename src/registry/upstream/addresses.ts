import { parseRegistryUrl } from "../../kernel/registry-url.ts";

/** Which registries may be pulled from besides those on AWS's list, and where those on the list really are. */
export interface UpstreamAddresses {
  /** Whether a rule may name this URL. */
  allows(url: string): boolean;
  /** Whether another place stands for the registry that a rule names. */
  isMirrored(url: string): boolean;
  /** Where the registry of a rule is; `undefined` when its URL means nothing. */
  baseOf(url: string): URL | undefined;
  /** Whether the operator has named this place: it may then be called though its address is private. */
  isNamed(url: URL): boolean;
}

export interface AddressSettings {
  /** URLs of registries, or `any`. */
  readonly upstreams: readonly string[];
  /** `<host>=<URL>`: the URL stands for the host. */
  readonly mirrors: readonly string[];
}

/** The names by which people know registries whose rules name another host. */
const aliases: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io" };

/** Reads the settings. What is not well-formed was refused where settings are read, and is left out here. */
export function upstreamAddresses({ upstreams, mirrors }: AddressSettings): UpstreamAddresses {
  const any = upstreams.includes("any");
  const listed = new Set(
    upstreams.filter((url) => url !== "any").map((url) => parseRegistryUrl(url)?.origin),
  );
  const mirrored = new Map<string, URL>();
  for (const mirror of mirrors) {
    const [host = "", url = ""] = mirror.split("=");
    const base = parseRegistryUrl(url);
    if (base !== undefined) mirrored.set(aliases[host] ?? host, base);
  }
  const named = new Set([...listed, ...[...mirrored.values()].map(({ origin }) => origin)]);
  return {
    allows(url) {
      const origin = parseRegistryUrl(url)?.origin;
      return origin !== undefined && (any || listed.has(origin));
    },
    isMirrored: (url) => mirrored.has(url),
    baseOf: (url) => mirrored.get(url) ?? parseRegistryUrl(url),
    isNamed: ({ origin }) => named.has(origin),
  };
}
