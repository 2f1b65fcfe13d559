import { isIPv4, isIPv6 } from "node:net";
import type { Traffic, TrafficRule } from "./traffic.ts";

/** What a task reaches whatever its security groups say. */
export interface AlwaysReached {
  /** The router of the VPC, which is the host: it may come in. */
  readonly router: string;
  /** The name servers that the task was given. */
  readonly nameServers: readonly string[];
}

/** The table in a task's namespace. Nobody else has one of this name. */
const table = "inet roadstead";

/**
 * Traffic as a script for `nft` that puts the rules in place of those that were there, in one step. Pure.
 *
 * Amazon VPC User Guide, "Control traffic to your AWS resources using security groups": rules only allow, answers to
 * what was allowed pass (stateful), and what no rule allows is dropped without a word. What stays inside of the task
 * is no traffic of its interface, so credentials and metadata at 169.254.170.2 are always reached. AWS: name servers
 * too ("security groups don't filter traffic destined to and from Amazon DNS").
 */
export function firewallRules({ inbound, outbound }: Traffic, always: AlwaysReached): string {
  const asked = always.nameServers.flatMap((address) =>
    peerMatches("daddr", [address]).flatMap(({ text }) => [`${text} udp dport 53`, `${text} tcp dport 53`]),
  );
  return [
    `table ${table}`,
    `delete table ${table}`,
    `table ${table} {`,
    // Before packets are redirected to a proxy of Service Connect: groups speak of the port that was called.
    ...chain("input", "prerouting priority mangle", "iifname", [
      `ip saddr ${always.router}`,
      ...matches("saddr", inbound),
    ]),
    ...chain("output", "output priority filter", "oifname", [...asked, ...matches("daddr", outbound)]),
    "}",
    "",
  ].join("\n");
}

function chain(name: string, hook: string, device: string, allowed: readonly string[]): string[] {
  return [
    `  chain ${name} {`,
    `    type filter hook ${hook}; policy drop;`,
    `    ${device} "lo" accept`,
    "    ct state established,related accept",
    ...[...new Set(allowed)].map((match) => `    ${match}${match === "" ? "" : " "}accept`),
    "  }",
  ];
}

type Side = "saddr" | "daddr";

const matches = (side: Side, rules: readonly TrafficRule[]): string[] =>
  rules.flatMap((rule) =>
    peerMatches(side, rule.peers).flatMap(({ text, family }) => {
      const protocol = protocolMatch(rule, family);
      return protocol === undefined ? [] : [`${text}${protocol === "" ? "" : " "}${protocol}`];
    }),
  );

type Family = 4 | 6;

/** One match for the single addresses of a family, and one for each block: blocks of one set must not overlap. */
function peerMatches(
  side: Side,
  peers: readonly string[],
): { readonly text: string; readonly family: Family }[] {
  const blocks = peers.filter((peer) => peer.includes("/") && familyOf(peer.split("/")[0]) !== undefined);
  const single = ([4, 6] as const).flatMap((family) => {
    const addresses = [...new Set(peers)].filter((peer) => familyOf(peer) === family).sort();
    return addresses.length === 0 ? [] : [{ family, peer: `{ ${addresses.join(", ")} }` }];
  });
  return [...single, ...blocks.map((peer) => ({ family: familyOf(peer.split("/")[0]), peer }))].map(
    ({ family = 4, peer }) => ({ family, text: `${family === 4 ? "ip" : "ip6"} ${side} ${peer}` }),
  );
}

/** Undefined for what is no address, or one of a link (`fe80::1%eth0`), which no packet is matched by. */
function familyOf(address = ""): Family | undefined {
  if (isIPv4(address)) return 4;
  return isIPv6(address) && !address.includes("%") ? 6 : undefined;
}

/** Undefined when no packet of the family is of the protocol. */
function protocolMatch({ protocol, from = -1, to = -1 }: TrafficRule, family: Family): string | undefined {
  switch (protocol) {
    case "-1":
      return "";
    case "tcp":
    case "udp":
      if (from <= 0 && to === 65535) return `meta l4proto ${protocol}`;
      return `${protocol} dport ${from === to ? from : `${from}-${to}`}`;
    case "icmp":
      return family === 4 ? icmp("icmp", "icmp", from, to) : undefined;
    case "icmpv6":
      return family === 6 ? icmp("icmpv6", "ipv6-icmp", from, to) : undefined;
    default:
      return `meta l4proto ${protocol}`;
  }
}

function icmp(header: string, protocol: string, type: number, code: number): string {
  if (type === -1) return `meta l4proto ${protocol}`;
  return code === -1 ? `${header} type ${type}` : `${header} type ${type} ${header} code ${code}`;
}
