import { isIPv4 } from "node:net";
import type { NameSource } from "./name-source.ts";

/** Seconds, as AWS's resolver answers. */
const ttl = 60;

/**
 * The names that a VPC's addresses have by themselves: `ip-10-0-0-1.ec2.internal`, in other regions than us-east-1
 * `ip-10-0-0-1.<region>.compute.internal`, and back (VPC User Guide, "DNS attributes for your VPC"). Only within VPCs.
 */
export const vpcNames: NameSource = {
  find(name, asker) {
    if (asker.kind !== "vpc") return undefined;
    const domain = asker.region === "us-east-1" ? "ec2.internal." : `${asker.region}.compute.internal.`;
    if (name.endsWith(".in-addr.arpa.")) {
      const address = name.slice(0, -".in-addr.arpa.".length).split(".").toReversed().join(".");
      if (!isIPv4(address) || !isPrivate(address)) return undefined;
      return { addresses: [], ttl, pointer: `ip-${address.replaceAll(".", "-")}.${domain}` };
    }
    const [, dashed = "", rest = ""] = /^ip-(\d+-\d+-\d+-\d+)\.(.+)$/.exec(name) ?? [];
    const address = dashed.replaceAll("-", ".");
    return rest === domain && isIPv4(address) ? { addresses: [address], ttl } : undefined;
  },
};

/** RFC 1918 and what carriers use within themselves (RFC 6598), of which VPCs are made. */
function isPrivate(address: string): boolean {
  const [a = 0, b = 0] = address.split(".").map(Number);
  return (
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b < 128)
  );
}
