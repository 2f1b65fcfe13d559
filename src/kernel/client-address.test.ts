import { expect, test } from "vitest";
import { type AddressedRequest, clientAddresses, isAddressBlock } from "./client-address.ts";

const proxies = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"];
const clientAddress = clientAddresses(proxies);

/** A request as `node:http` shows it: a TLS socket has a member `encrypted`. */
function request(
  from: string | undefined,
  headers: AddressedRequest["headers"],
  tls: boolean,
): AddressedRequest {
  return { socket: { remoteAddress: from, ...(tls ? { encrypted: true } : {}) }, headers };
}

const client = "203.0.113.7";
const forwarded = (addresses: string, scheme?: string) => ({
  "x-forwarded-for": addresses,
  ...(scheme === undefined ? {} : { "x-forwarded-proto": scheme }),
});

test.each<
  readonly [string, string | undefined, AddressedRequest["headers"], boolean, string, boolean, boolean]
>([
  ["a client over plain HTTP", client, {}, false, client, false, false],
  ["a client over TLS", client, {}, true, client, true, false],
  ["IPv4 as a socket of both families writes it", `::ffff:${client}`, {}, false, client, false, false],
  ["a connection without an address", undefined, {}, false, "", false, false],
  ["a client that invents a way", client, forwarded("198.51.100.1", "https"), false, client, false, true],
  ["a client that invents one as RFC 7239 has it", client, { forwarded: "for=x" }, true, client, true, true],
  ["a proxy that ends TLS", "127.0.0.1", forwarded(client, "https"), false, client, true, false],
  ["a proxy mapped into IPv6", "::ffff:10.1.2.3", forwarded(client, "https"), false, client, true, false],
  ["a proxy of IPv6", "fd00::1", forwarded("2001:db8::5", "https"), false, "2001:db8::5", true, false],
  ["a proxy that says nothing of TLS", "127.0.0.1", forwarded(client), true, client, false, false],
  ["a proxy's own request", "127.0.0.1", {}, true, "127.0.0.1", true, false],
  [
    "a proxy that was reached without TLS",
    "127.0.0.1",
    forwarded(client, "http"),
    true,
    client,
    false,
    false,
  ],
  ["two proxies", "10.0.0.1", forwarded(`${client}, 10.0.0.2`, "https, https"), false, client, true, false],
  [
    "one hop without TLS",
    "10.0.0.1",
    forwarded(`${client}, 10.0.0.2`, "http, https"),
    false,
    client,
    false,
    false,
  ],
  [
    "what the client said of itself",
    "10.0.0.1",
    forwarded(`1.2.3.4, ${client}`, "https"),
    false,
    client,
    true,
    false,
  ],
  [
    "a proxy's address said by the client",
    "10.0.0.1",
    forwarded(`10.9.9.9, ${client}`),
    false,
    client,
    false,
    false,
  ],
  ["only proxies", "10.0.0.1", forwarded("10.0.0.2, 10.0.0.3"), false, "10.0.0.2", false, false],
  ["a word for an address", "10.0.0.1", forwarded("unknown", "https"), false, "10.0.0.1", true, false],
  ["ports", "10.0.0.1", forwarded(`${client}:4711`, "https"), false, client, true, false],
  ["ports of IPv6", "10.0.0.1", forwarded("[2001:db8::5]:4711"), false, "2001:db8::5", false, false],
  [
    "more hops than any way has",
    "10.0.0.1",
    forwarded(`${"1.1.1.1,".repeat(500)}${client}`),
    false,
    client,
    false,
    false,
  ],
])("%s", (_what, from, headers, tls, ip, secure, unproven) => {
  expect(clientAddress(request(from, headers, tls))).toEqual({ ip, secure, unproven });
});

test("nobody is a proxy unless named", () => {
  const told = clientAddresses([])(request("127.0.0.1", forwarded(client, "https"), false));
  expect(told).toEqual({ ip: "127.0.0.1", secure: false, unproven: true });
});

test.each([
  ["10.0.0.1", true],
  ["10.0.0.0/8", true],
  ["::1", true],
  ["fd00::/128", true],
  ["10.0.0.0/33", false],
  ["fd00::/129", false],
  ["10.0.0.0/", false],
  ["10.0.0", false],
  ["localhost", false],
  ["", false],
])("%j as an address block: %s", (text, valid) => {
  expect(isAddressBlock(text)).toBe(valid);
});
