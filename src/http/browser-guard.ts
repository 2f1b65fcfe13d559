import { isIP } from "node:net";
import { Fault } from "../kernel/fault.ts";

/**
 * Keeps web pages out. A page that a developer visits can reach loopback with the browser's help; without this guard
 * it could drive the bootstrap keys. Two rules, before authentication:
 * - `Host` is one of our own names or an IP address, so a foreign name that was rebound to our address is refused;
 * - a browser's request from another site is refused, told by `Sec-Fetch-Site` and by `Origin`.
 */
export interface BrowserGuard {
  /** Throws `AccessDenied` (403) for a request that a foreign page made. */
  check(headers: Readonly<Record<string, string | readonly string[] | undefined>>): void;
}

/** Makes the guard for a domain (`localhost`) and further host names. Ports do not matter. */
export function browserGuard(domain: string, hosts: readonly string[]): BrowserGuard {
  const exact = new Set(
    ["localhost", "127.0.0.1", "::1", domain, ...hosts].map((name) => name.toLowerCase()),
  );
  const suffixes = [".localhost", `.${domain.toLowerCase()}`];
  const named = (host: string): boolean =>
    exact.has(host) || suffixes.some((suffix) => host.endsWith(suffix));

  return {
    check(headers) {
      const host = one(headers.host);
      const name = host === undefined ? undefined : hostName(host);
      // No name can be rebound to a request that names the address itself.
      if (name !== undefined && !named(name) && isIP(name) === 0) {
        throw refused(`Host ${JSON.stringify(host?.slice(0, 200))} is not a name of this server`);
      }
      if (one(headers["sec-fetch-site"]) === "cross-site") throw refused("cross-site request from a browser");
      const origin = one(headers.origin);
      if (origin === undefined) return;
      const from = originHost(origin);
      if (from === "") throw refused("Origin is opaque");
      if (from !== host?.toLowerCase() && !named(hostName(from))) {
        throw refused("Origin is not a name of this server");
      }
    },
  };
}

/** Without the port and without the brackets of IPv6, in lower case. */
function hostName(host: string): string {
  return host
    .replace(/:\d+$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();
}

/** `host[:port]` of an origin; empty for an opaque one. */
function originHost(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : "";
}

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

function refused(why: string): Fault {
  return new Fault("AccessDenied", `Request refused: ${why}.`, { status: 403 });
}
