import { isIPv6 } from "node:net";
import type * as ec2 from "@aws-sdk/client-ec2";
import { Fault } from "../../../kernel/fault.ts";
import { cidrText, readCidr } from "../cidr.ts";
import type { SecurityGroupRuleDocument } from "../documents.ts";

/** A rule as requests describe it: several sources in one permission, or one in the flat form of old. */
export interface Requested {
  readonly IpPermissions?: readonly ec2.IpPermission[] | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly CidrIp?: string | undefined;
  readonly SourceSecurityGroupName?: string | undefined;
}

/** Names of protocols that have one (EC2 API Reference, "IpPermission"); the others are numbers. */
const protocolNames: Readonly<Record<string, string>> = { 1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6" };
const known: ReadonlySet<string> = new Set(Object.values(protocolNames));

/** The form in which a protocol is kept. Throws `InvalidParameterValue`. */
export function readProtocol(text: string): string {
  const protocol = text.toLowerCase();
  if (protocol === "-1" || protocol === "all") return "-1";
  if (known.has(protocol)) return protocol;
  if (/^\d{1,3}$/.test(protocol) && Number(protocol) < 256) return protocolNames[protocol] ?? protocol;
  throw new Fault(
    "InvalidParameterValue",
    `Invalid value '${text.slice(0, 64)}' for IP protocol. Unknown protocol.`,
  );
}

/** The ports of a rule, or the type and code of ICMP. Throws `InvalidParameterValue`. */
export function readPorts(
  protocol: string,
  from: number | undefined,
  to: number | undefined,
): Pick<SecurityGroupRuleDocument, "from" | "to"> {
  if (protocol === "icmp" || protocol === "icmpv6") return { from: from ?? -1, to: to ?? -1 };
  if (protocol !== "tcp" && protocol !== "udp") return {};
  if (from === undefined || to === undefined) {
    throw new Fault(
      "InvalidParameterValue",
      "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
    );
  }
  if (from === -1 && to === -1) return { from: 0, to: 65535 };
  if (from < 0 || to > 65535 || from > to) {
    throw new Fault("InvalidParameterValue", `Invalid TCP/UDP port range (${from}:${to})`);
  }
  return { from, to };
}

/** An IPv4 block as it is kept. Throws `InvalidParameterValue`. */
export function readBlock(text: string): string {
  const cidr = readCidr(text);
  if (cidr === undefined) throw malformed(text);
  return cidrText(cidr);
}

/** An IPv6 block as it is kept. Throws `InvalidParameterValue`. */
export function readBlock6(text: string): string {
  const [address = "", prefix = "", more] = text.split("/");
  if (!isIPv6(address) || !/^\d{1,3}$/.test(prefix) || Number(prefix) > 128 || more !== undefined) {
    throw malformed(text);
  }
  return text.toLowerCase();
}

function malformed(text: string): Fault {
  return new Fault("InvalidParameterValue", `CIDR block ${text.slice(0, 64)} is malformed`);
}

/**
 * The single rules of a request, one for each source. A group is left as its id or name; the caller knows groups.
 * Throws `InvalidParameterValue`, `MissingParameter`.
 */
export function readRules(egress: boolean, request: Requested): readonly SecurityGroupRuleDocument[] {
  const rules = (request.IpPermissions ?? flat(request)).flatMap((permission) => rulesOf(egress, permission));
  if (rules.length === 0) {
    throw new Fault("MissingParameter", "The request must contain the parameter ipPermissions");
  }
  return rules;
}

function flat(request: Requested): readonly ec2.IpPermission[] {
  const { IpProtocol, FromPort, ToPort, CidrIp, SourceSecurityGroupName: GroupName } = request;
  // AWS: a whole group, in the flat form, is let in by every protocol.
  if (IpProtocol === undefined && GroupName === undefined) return [];
  return [
    {
      IpProtocol: IpProtocol ?? "-1",
      FromPort,
      ToPort,
      IpRanges: CidrIp === undefined ? [] : [{ CidrIp }],
      UserIdGroupPairs: GroupName === undefined ? [] : [{ GroupName }],
    },
  ];
}

function rulesOf(egress: boolean, permission: ec2.IpPermission): readonly SecurityGroupRuleDocument[] {
  if (permission.IpProtocol === undefined) {
    throw new Fault("MissingParameter", "The request must contain the parameter ipProtocol");
  }
  const protocol = readProtocol(permission.IpProtocol);
  const base = { egress, protocol, ...readPorts(protocol, permission.FromPort, permission.ToPort) };
  const described = (description: string | undefined) => (description === undefined ? {} : { description });
  return [
    ...(permission.IpRanges ?? []).map(({ CidrIp = "", Description }) => ({
      ...base,
      cidr: readBlock(CidrIp),
      ...described(Description),
    })),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 = "", Description }) => ({
      ...base,
      cidr6: readBlock6(CidrIpv6),
      ...described(Description),
    })),
    ...(permission.PrefixListIds ?? []).map(({ PrefixListId = "", Description }) => ({
      ...base,
      prefixList: PrefixListId,
      ...described(Description),
    })),
    ...(permission.UserIdGroupPairs ?? []).map(({ GroupId, GroupName, UserId, Description }) => ({
      ...base,
      group: GroupId ?? GroupName ?? "",
      ...(UserId !== undefined && { groupOwner: UserId }),
      ...described(Description),
    })),
  ];
}

/** What makes two rules of a group the same: all but their descriptions. */
export function ruleKey(rule: SecurityGroupRuleDocument): string {
  const { egress, protocol, from, to, cidr, cidr6, prefixList, group } = rule;
  return JSON.stringify([egress, protocol, from ?? -1, to ?? -1, cidr, cidr6, prefixList, group]);
}

/** A rule in the words of `InvalidPermission.Duplicate`: `peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW`. */
export function ruleText({
  cidr,
  cidr6,
  prefixList,
  group,
  protocol,
  from,
  to,
}: SecurityGroupRuleDocument): string {
  const peer = cidr ?? cidr6 ?? prefixList ?? group;
  const what = protocol === "-1" ? "ALL" : protocol.toUpperCase();
  const ports = from === undefined ? "" : `, from port: ${from}, to port: ${to}`;
  return `peer: ${peer}, ${what}${ports}, ALLOW`;
}

/** Rules together again as DescribeSecurityGroups shows them: one permission for each protocol and range of ports. */
export function permissionsOf(rules: readonly SecurityGroupRuleDocument[]): ec2.IpPermission[] {
  const grouped = new Map<string, SecurityGroupRuleDocument[]>();
  for (const rule of rules) {
    const key = `${rule.protocol} ${rule.from} ${rule.to}`;
    grouped.set(key, [...(grouped.get(key) ?? []), rule]);
  }
  return [...grouped.values()].map((same) => ({
    IpProtocol: same[0]?.protocol,
    FromPort: same[0]?.from,
    ToPort: same[0]?.to,
    UserIdGroupPairs: same.flatMap(({ group, groupOwner, description }) =>
      group === undefined ? [] : [{ GroupId: group, UserId: groupOwner, Description: description }],
    ),
    IpRanges: same.flatMap(({ cidr, description }) =>
      cidr === undefined ? [] : [{ CidrIp: cidr, Description: description }],
    ),
    Ipv6Ranges: same.flatMap(({ cidr6, description }) =>
      cidr6 === undefined ? [] : [{ CidrIpv6: cidr6, Description: description }],
    ),
    PrefixListIds: same.flatMap(({ prefixList, description }) =>
      prefixList === undefined ? [] : [{ PrefixListId: prefixList, Description: description }],
    ),
  }));
}
