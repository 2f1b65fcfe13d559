import { BlockList, isIP } from "node:net";

/** Who a request came from. */
export interface ClientAddress {
  /** The client's address (`aws:SourceIp`); empty when the connection has none, as a local socket. */
  readonly ip: string;
  /** Whether the client spoke TLS (`aws:SecureTransport`). */
  readonly secure: boolean;
  /** The request says that it was forwarded, and nobody has vouched for that. */
  readonly unproven: boolean;
}

/** What is read of a request of `node:http`. */
export interface AddressedRequest {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export type ClientAddressOf = (request: AddressedRequest) => ClientAddress;

/** Addresses in one header that are looked at: more hops than any honest way has. */
const mostHops = 32;

/**
 * Tells clients from the proxies that stand before them, by `X-Forwarded-For` and `X-Forwarded-Proto`. Anyone can write
 * these, so they count only on connections from a proxy that the operator names. Of the addresses in
 * `X-Forwarded-For`, each proxy adding to its end, the last that is no such proxy is the client's. The client spoke TLS
 * when every hop that tells of itself did.
 *
 * `Forwarded` (RFC 7239) is not read: a proxy that knows one of the two forms hands the client's own words of the other on.
 * @param proxies addresses and CIDR blocks as `isAddressBlock` takes them.
 */
export function clientAddresses(proxies: readonly string[]): ClientAddressOf {
  const known = new BlockList();
  for (const proxy of proxies) {
    const { address, bits, family } = blockOf(proxy);
    known.addSubnet(address, bits, family);
  }
  const isProxy = (ip: string): boolean =>
    isIP(ip) !== 0 && known.check(ip, isIP(ip) === 6 ? "ipv6" : "ipv4");

  return ({ socket, headers }) => {
    const peer = plain(socket.remoteAddress ?? "");
    const secure = "encrypted" in socket;
    const hops = listed(headers["x-forwarded-for"]);
    if (!isProxy(peer) || hops.length === 0) {
      return { ip: peer, secure, unproven: hops.length > 0 || headers.forwarded !== undefined };
    }
    const client = hops.map(hostOf).findLast((hop) => !isProxy(hop)) ?? hostOf(hops[0] ?? "");
    const schemes = listed(headers["x-forwarded-proto"]);
    return {
      // What is no address ends the search: nobody vouches for what stands before it.
      ip: isIP(client) === 0 ? peer : client,
      secure: schemes.length > 0 && schemes.every((scheme) => scheme.toLowerCase() === "https"),
      unproven: false,
    };
  };
}

/** `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`. */
export function isAddressBlock(text: string): boolean {
  const { address, bits, family } = blockOf(text);
  return isIP(address) !== 0 && Number.isInteger(bits) && bits >= 0 && bits <= (family === "ipv6" ? 128 : 32);
}

function blockOf(text: string): { address: string; bits: number; family: "ipv4" | "ipv6" } {
  const [, address = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  return { address, family, bits: length === undefined ? (family === "ipv6" ? 128 : 32) : Number(length) };
}

/** The items of a header with commas that may have been sent more than once. */
function listed(header: string | readonly string[] | undefined): readonly string[] {
  if (header === undefined) return [];
  const text = typeof header === "string" ? header : header.join(",");
  return text
    .split(",")
    .slice(-mostHops)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** Without the port that some proxies add, and without the brackets of IPv6. */
function hostOf(hop: string): string {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
  return plain(bare);
}

/** An IPv4 address as such, also where a socket of both families writes it as IPv6. */
function plain(ip: string): string {
  return ip.toLowerCase().startsWith("::ffff:") && isIP(ip.slice(7)) === 4 ? ip.slice(7) : ip;
}
