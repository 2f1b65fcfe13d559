import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";

/** The parts of a request's URL that a redirect may keep. */
export interface UrlParts {
  /** `HTTP` or `HTTPS`. */
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly query: string;
}

/**
 * Where a redirect action sends a client (API Reference, "RedirectActionConfig"). AWS: `#{path}` is without its leading
 * slash, and the port is always written, the protocol's own too.
 */
export function redirectLocation(config: elbv2.RedirectActionConfig, from: UrlParts): string {
  const fill = (text: string): string =>
    text.replace(/#\{(protocol|host|port|path|query)\}/g, (_all, name: string) => parts[name] ?? "");
  const parts: Readonly<Record<string, string>> = {
    protocol: from.protocol.toLowerCase(),
    host: from.host,
    port: String(from.port),
    path: from.path.replace(/^\//, ""),
    query: from.query,
  };
  const protocol = fill(config.Protocol ?? "#{protocol}").toLowerCase();
  const host = fill(config.Host ?? "#{host}");
  const port = fill(config.Port ?? "#{port}");
  const path = fill(config.Path ?? "/#{path}");
  const query = fill(config.Query ?? "#{query}");
  return `${protocol}://${host}:${port}${path}${query === "" ? "" : `?${query}`}`;
}
