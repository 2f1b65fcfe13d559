import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { firewallRules } from "./firewall-rules.ts";
import { missingProgram } from "./programs.ts";
import type { TrafficRule } from "./traffic.ts";

const hasNft = process.getuid?.() === 0 && (await missingProgram("nft")) === undefined;
const always = { router: "10.0.0.1", nameServers: [] };

/** The matches of a chain that accept, but for what every chain has. */
function accepted(script: string, hook: "input" | "output"): string[] {
  const [, chain = ""] = script.split(`chain ${hook} {`);
  return (chain.split("  }")[0] ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.endsWith("accept") && !/"lo"|established|^ip saddr 10\.0\.0\.1 accept/.test(line))
    .map((line) => line.replace(/ ?accept$/, ""));
}

const rules: readonly (readonly [what: string, rule: TrafficRule, matches: readonly string[]])[] = [
  ["everything from a block", { protocol: "-1", peers: ["0.0.0.0/0"] }, ["ip saddr 0.0.0.0/0"]],
  [
    "one port",
    { protocol: "tcp", from: 80, to: 80, peers: ["10.1.0.0/16"] },
    ["ip saddr 10.1.0.0/16 tcp dport 80"],
  ],
  [
    "ports of UDP",
    { protocol: "udp", from: 1000, to: 2000, peers: ["10.1.0.0/16"] },
    ["ip saddr 10.1.0.0/16 udp dport 1000-2000"],
  ],
  [
    "every port",
    { protocol: "tcp", from: 0, to: 65535, peers: ["10.1.0.0/16"] },
    ["ip saddr 10.1.0.0/16 meta l4proto tcp"],
  ],
  [
    "the members of a group, each once, in one match",
    { protocol: "tcp", from: 80, to: 80, peers: ["10.0.0.9", "10.0.0.10", "10.0.0.9"] },
    ["ip saddr { 10.0.0.10, 10.0.0.9 } tcp dport 80"],
  ],
  ["a group without members lets nobody in", { protocol: "-1", peers: [] }, []],
  [
    "blocks that overlap",
    { protocol: "-1", peers: ["10.0.0.0/8", "10.1.0.0/16"] },
    ["ip saddr 10.0.0.0/8", "ip saddr 10.1.0.0/16"],
  ],
  [
    "ICMP",
    { protocol: "icmp", from: -1, to: -1, peers: ["0.0.0.0/0"] },
    ["ip saddr 0.0.0.0/0 meta l4proto icmp"],
  ],
  [
    "a type of ICMP",
    { protocol: "icmp", from: 8, to: -1, peers: ["0.0.0.0/0"] },
    ["ip saddr 0.0.0.0/0 icmp type 8"],
  ],
  [
    "a code of a type",
    { protocol: "icmp", from: 3, to: 4, peers: ["0.0.0.0/0"] },
    ["ip saddr 0.0.0.0/0 icmp type 3 icmp code 4"],
  ],
  ["ICMP is of IPv4 only", { protocol: "icmp", from: -1, to: -1, peers: ["::/0"] }, []],
  [
    "ICMPv6 is of IPv6 only",
    { protocol: "icmpv6", from: 128, to: -1, peers: ["::/0", "0.0.0.0/0"] },
    ["ip6 saddr ::/0 icmpv6 type 128"],
  ],
  ["another protocol", { protocol: "47", peers: ["10.0.0.9"] }, ["ip saddr { 10.0.0.9 } meta l4proto 47"]],
  [
    "what is no address of the network",
    { protocol: "-1", peers: ["fe80::1%eth0", "x/8", "fe80::1%eth0/64"] },
    [],
  ],
];

describe("the rules of a task's firewall", () => {
  test.each(rules)("%s", (_what, rule, matches) => {
    const script = firewallRules({ inbound: [rule], outbound: [rule] }, always);
    expect(accepted(script, "input")).toEqual(matches);
    expect(accepted(script, "output")).toEqual(matches.map((match) => match.replace("saddr", "daddr")));
  });

  test("without rules only answers pass, and what stays inside; the router comes in", () => {
    expect(firewallRules({ inbound: [], outbound: [] }, always)).toBe(`table inet roadstead
delete table inet roadstead
table inet roadstead {
  chain input {
    type filter hook prerouting priority mangle; policy drop;
    iifname "lo" accept
    ct state established,related accept
    ip saddr 10.0.0.1 accept
  }
  chain output {
    type filter hook output priority filter; policy drop;
    oifname "lo" accept
    ct state established,related accept
  }
}
`);
  });

  test("name servers are reached whatever the rules say, and only as such", () => {
    const nameServers = ["192.0.2.53", "fe80::1%eth0", "nonsense"];
    const script = firewallRules({ inbound: [], outbound: [] }, { ...always, nameServers });
    expect(accepted(script, "output")).toEqual([
      "ip daddr { 192.0.2.53 } udp dport 53",
      "ip daddr { 192.0.2.53 } tcp dport 53",
    ]);
  });

  test("the same rule of two groups is written once", () => {
    const rule = { protocol: "-1", peers: ["0.0.0.0/0"] };
    const script = firewallRules({ inbound: [rule, rule], outbound: [] }, always);
    expect(accepted(script, "input")).toEqual(["ip saddr 0.0.0.0/0"]);
  });

  test.skipIf(!hasNft)("nft takes them all", async () => {
    const all = rules.map(([, rule]) => rule);
    const script = firewallRules({ inbound: all, outbound: all }, { ...always, nameServers: ["192.0.2.53"] });
    const checked = promisify(execFile)("nft", ["--check", "--file", "-"]);
    checked.child.stdin?.end(script);
    await expect(checked).resolves.toMatchObject({ stderr: "" });
  });
});
