import { Fault } from "../kernel/fault.ts";

/**
 * Keeps web pages out. A page that a developer visits can reach loopback with the browser's help; without this guard
 * it could drive the bootstrap keys. Two rules, before authentication: the `Host` must be one of our own names (so a
 * name that was rebound to loopback is refused), and a browser's cross-site request is refused.
 */
export interface BrowserGuard {
  /** Throws `AccessDenied` (403) for a request that a foreign page made. */
  check(headers: Readonly<Record<string, string | readonly string[] | undefined>>): void;
}

/** Makes the guard for a domain (`localhost`) and further host names. Ports do not matter. */
export function browserGuard(domain: string, hosts: readonly string[]): BrowserGuard {
  const exact = new Set(
    ["localhost", "127.0.0.1", "[::1]", domain, ...hosts].map((name) => name.toLowerCase()),
  );
  const suffixes = [".localhost", `.${domain.toLowerCase()}`];

  const ours = (host: string): boolean => {
    const name = host.replace(/:\d+$/, "").toLowerCase();
    return exact.has(name) || suffixes.some((suffix) => name.endsWith(suffix));
  };

  return {
    check(headers) {
      const host = one(headers.host);
      if (host !== undefined && !ours(host))
        throw refused(`Host ${JSON.stringify(host.slice(0, 200))} is not a name of this server`);
      const site = one(headers["sec-fetch-site"]);
      if (site === "cross-site") throw refused("cross-site request from a browser");
      const origin = one(headers.origin);
      if (origin !== undefined && origin !== "null" && !ours(originHost(origin))) {
        throw refused("Origin is not a name of this server");
      }
      if (origin === "null") throw refused("Origin is opaque");
    },
  };
}

function originHost(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : "";
}

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

function refused(why: string): Fault {
  return new Fault("AccessDenied", `Request refused: ${why}.`, { status: 403 });
}
