import { expect, test } from "vitest";
import { type End, proxyHeader } from "./proxy-protocol.ts";

const signature = "0d0a0d0a000d0a515549540a";
const v4: [End, End] = [
  { address: "192.0.2.1", port: 0x1234 },
  { address: "198.51.100.2", port: 443 },
];

/** The PROXY protocol, version 2, section 2.2: 12 bytes of signature, command, family, length, then both ends. */
test.each<[what: string, transport: "tcp" | "udp", from: End, to: End, expected: string]>([
  ["TCP over IPv4", "tcp", ...v4, "2111000cc0000201c6336402123401bb"],
  ["UDP over IPv4", "udp", ...v4, "2112000cc0000201c6336402123401bb"],
  [
    "TCP over IPv6",
    "tcp",
    { address: "2001:db8::1", port: 1 },
    { address: "::ffff:192.0.2.9", port: 2 },
    "2121002420010db8000000000000000000000001" + "00000000000000000000ffffc0000209" + "00010002",
  ],
  [
    "an address with its zone",
    "tcp",
    { address: "fe80::1%eth0", port: 1 },
    { address: "::", port: 2 },
    `21210024fe800000000000000000000000000001${"0".repeat(32)}00010002`,
  ],
  ["ends of two families", "tcp", { address: "192.0.2.1", port: 1 }, { address: "::1", port: 2 }, "21000000"],
  ["an end that is no address", "tcp", { address: "", port: 1 }, { address: "::1", port: 2 }, "21000000"],
])("%s", (_what, transport, from, to, expected) => {
  expect(proxyHeader(transport, from, to).toString("hex")).toBe(signature + expected);
});
