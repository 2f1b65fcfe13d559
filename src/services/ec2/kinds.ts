import { Fault } from "../../kernel/fault.ts";
import type { Random } from "../../kernel/random.ts";

/** What is known of a kind of resource besides its document. Keys are the resource types of the Service Authorization Reference. */
interface KindFacts {
  readonly prefix: string;
  /** Code and text of "there is none" (EC2 API Reference, "Error codes"; recorded answers for those ECS tasks need). */
  readonly absent: readonly [code: string, text: (id: string) => string];
  readonly malformed: string;
}

const named = (noun: string) => (id: string) => `The ${noun} ID '${id}' does not exist`;

/** Every kind of resource that is kept. */
const kinds = {
  instance: {
    prefix: "i",
    absent: ["InvalidInstanceID.NotFound", named("instance")],
    malformed: "InvalidInstanceID.Malformed",
  },
  "launch-template": {
    prefix: "lt",
    absent: [
      "InvalidLaunchTemplateId.NotFound",
      (id) => `The specified launch template, with template ID ${id}, does not exist.`,
    ],
    malformed: "InvalidLaunchTemplateId.Malformed",
  },
  fleet: {
    prefix: "fleet",
    absent: ["InvalidFleetId.NotFound", named("fleet")],
    malformed: "InvalidFleetId.Malformed",
  },
  vpc: {
    prefix: "vpc",
    absent: ["InvalidVpcID.NotFound", named("vpc")],
    malformed: "InvalidVpcId.Malformed",
  },
  subnet: {
    prefix: "subnet",
    absent: ["InvalidSubnetID.NotFound", named("subnet")],
    malformed: "InvalidSubnetId.Malformed",
  },
  "security-group": {
    prefix: "sg",
    absent: ["InvalidGroup.NotFound", (id) => `The security group '${id}' does not exist`],
    malformed: "InvalidGroupId.Malformed",
  },
  "security-group-rule": {
    prefix: "sgr",
    absent: [
      "InvalidSecurityGroupRuleId.NotFound",
      (id) => `The security group rule ID '${id}' does not exist`,
    ],
    malformed: "InvalidSecurityGroupRuleId.Malformed",
  },
  "route-table": {
    prefix: "rtb",
    absent: ["InvalidRouteTableID.NotFound", named("routeTable")],
    malformed: "InvalidRouteTableId.Malformed",
  },
  "internet-gateway": {
    prefix: "igw",
    absent: ["InvalidInternetGatewayID.NotFound", named("internetGateway")],
    malformed: "InvalidInternetGatewayId.Malformed",
  },
  "egress-only-internet-gateway": {
    prefix: "eigw",
    absent: ["InvalidEgressOnlyInternetGatewayId.NotFound", named("egressOnlyInternetGateway")],
    malformed: "InvalidEgressOnlyInternetGatewayId.Malformed",
  },
  natgateway: {
    prefix: "nat",
    absent: ["NatGatewayNotFound", (id) => `NAT gateway ${id} was not found`],
    malformed: "NatGatewayMalformed",
  },
  "elastic-ip": {
    prefix: "eipalloc",
    absent: ["InvalidAllocationID.NotFound", (id) => `The allocation ID '${id}' does not exist`],
    malformed: "InvalidAllocationID.Malformed",
  },
  "network-interface": {
    prefix: "eni",
    absent: ["InvalidNetworkInterfaceID.NotFound", named("networkInterface")],
    malformed: "InvalidNetworkInterfaceId.Malformed",
  },
  "network-acl": {
    prefix: "acl",
    absent: ["InvalidNetworkAclID.NotFound", named("networkAcl")],
    malformed: "InvalidNetworkAclId.Malformed",
  },
  "dhcp-options": {
    prefix: "dopt",
    absent: ["InvalidDhcpOptionID.NotFound", named("dhcpOption")],
    malformed: "InvalidDhcpOptionsId.Malformed",
  },
} as const satisfies Readonly<Record<string, KindFacts>>;

/** A kind of resource. */
export type Kind = keyof typeof kinds;

/** Whether resources of a type are kept. */
export function isKind(type: string): type is Kind {
  return Object.hasOwn(kinds, type);
}

const byPrefix = new Map<string, Kind>(
  Object.entries(kinds).map(([kind, { prefix }]) => [prefix, kind as Kind]),
);

/** The kind of resource that an id is of, by its prefix. */
export function kindOf(id: string): Kind | undefined {
  return byPrefix.get(id.slice(0, Math.max(0, id.lastIndexOf("-"))));
}

/** A new id of EC2's long form: the prefix and 17 hexadecimal digits. */
export function newId(prefix: string, random: Random): string {
  return `${prefix}-${random.bytes(9).toString("hex").slice(0, 17)}`;
}

/** The fault of a resource that is not there. */
export function absent(kind: Kind, id: string): Fault {
  const [code, text] = kinds[kind].absent;
  return new Fault(code, text(id));
}

const digits = /^(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

/** Throws when a text cannot be an id of the kind. */
export function checkId(kind: Kind, id: string): void {
  const { prefix, malformed } = kinds[kind];
  if (id.startsWith(`${prefix}-`) && digits.test(id.slice(prefix.length + 1))) return;
  throw new Fault(malformed, `Invalid id: "${id.slice(0, 128)}" (expecting "${prefix}-...")`);
}
