import { isIPv6 } from "node:net";
import type { RequestHead } from "./request-head.ts";

/** What a load balancer's attributes say about the fields of requests that it sends on. */
export interface ForwardingRules {
  /** `routing.http.xff_header_processing.mode` */
  readonly forwardedFor: "append" | "preserve" | "remove";
  /** `routing.http.xff_client_port.enabled` */
  readonly clientPort: boolean;
  /** `routing.http.preserve_host_header.enabled` */
  readonly preserveHost: boolean;
  /** `routing.http.drop_invalid_header_fields.enabled` */
  readonly dropInvalid: boolean;
  /** `routing.http.x_amzn_tls_version_and_cipher_suite.enabled` */
  readonly tlsFields: boolean;
  readonly protocol: "http" | "https";
  /** The listener's. */
  readonly port: number;
}

/** The client's end of a connection. */
export interface ClientEnd {
  readonly address: string;
  readonly port: number;
  readonly tls?: { readonly version: string; readonly cipher: string };
}

/**
 * The fields that go to the target, name and value in turn. Source: Elastic Load Balancing User Guide, "HTTP headers
 * and Application Load Balancers", "X-Forwarded headers", "Request tracing".
 * @param newTrace makes `1-<8 hex digits>-<24 hex digits>`.
 */
export function forwardedFields(
  head: RequestHead,
  rules: ForwardingRules,
  client: ClientEnd,
  newTrace: () => string,
): string[] {
  const { fields } = head;
  const out: string[] = [];
  addForwardedFor(out, head, rules, client);
  out.push("X-Forwarded-Proto", rules.protocol, "X-Forwarded-Port", String(rules.port));
  out.push("Host", hostFor(head.authority, rules));
  out.push("X-Amzn-Trace-Id", traced(head.traceId, newTrace));
  if (rules.tlsFields && client.tls !== undefined) {
    out.push("X-Amzn-Tls-Version", client.tls.version, "X-Amzn-Tls-Cipher-Suite", client.tls.cipher);
  }
  if (head.cookie !== "") out.push("Cookie", head.cookie);
  if (head.contentLength !== undefined) out.push("Content-Length", head.contentLength);
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] ?? "";
    // AWS: "HTTP header names must only contain alphanumeric characters and hyphens".
    if (rules.dropInvalid && !/^[A-Za-z0-9-]+$/.test(name)) continue;
    out.push(name, fields[at + 1] ?? "");
  }
  return out;
}

/** How many addresses X-Forwarded-For names. AWS: more than thirty are answered 463. */
export const forwardedCount = (value: string | undefined): number =>
  value === undefined ? 0 : value.split(",").length;

function addForwardedFor(
  out: string[],
  { forwardedFor: given }: RequestHead,
  rules: ForwardingRules,
  client: ClientEnd,
): void {
  switch (rules.forwardedFor) {
    case "append": {
      const address = rules.clientPort ? withPort(client) : client.address;
      out.push("X-Forwarded-For", given === undefined ? address : `${given}, ${address}`);
      return;
    }
    case "preserve":
      if (given !== undefined) out.push("X-Forwarded-For", given);
      return;
    case "remove":
      return;
  }
}

const withPort = ({ address, port }: ClientEnd): string =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;

/** AWS: unless the host is preserved, its port is the listener's, and left out when it is the protocol's own. */
function hostFor(authority: string, { preserveHost, protocol, port }: ForwardingRules): string {
  if (preserveHost) return authority;
  const host = authority.replace(/:\d*$/, "");
  return port === (protocol === "https" ? 443 : 80) ? host : `${host}:${port}`;
}

/** AWS: a Root that came is kept and `Self` set before it; without one a Root is added. */
function traced(given: string | undefined, newTrace: () => string): string {
  if (given === undefined || given === "") return `Root=${newTrace()}`;
  if (!/(?:^|;)\s*Root=/.test(given)) return `${given};Root=${newTrace()}`;
  const rest = given.split(";").filter((part) => !/^\s*Self=/.test(part));
  return `Self=${newTrace()};${rest.join(";")}`;
}
