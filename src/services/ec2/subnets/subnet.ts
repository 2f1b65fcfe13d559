import type * as ec2 from "@aws-sdk/client-ec2";
import { formatArn } from "../../../kernel/arn.ts";
import type { Rows } from "../../../store/types.ts";
import { needCidr, usable } from "../cidr.ts";
import type { Resource } from "../resource.ts";
import type { Ec2Tables } from "../store.ts";
import { wireTags } from "../tags/tags.ts";
import { needZone } from "../zones/zone.ts";

/** A subnet of a VPC. */
export type Subnet = Resource<"subnet">;

/** How many addresses of each subnet interfaces hold. */
export async function addressesHeld(
  rows: Rows,
  subnets: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (subnets.length === 0) return new Map();
  const counted = await rows
    .tables<Ec2Tables>()
    .selectFrom("ec2_address")
    .select(["subnet", (eb) => eb.fn.countAll<string | number>().as("held")])
    .where("subnet", "in", subnets)
    .groupBy("subnet")
    .execute();
  return new Map(counted.map(({ subnet, held }) => [subnet, Number(held)]));
}

/** As answers show it. */
export function wireSubnet(subnet: Subnet, held: number): ec2.Subnet {
  const { cidr, zone, defaultForZone, mapPublicIp, hostnameType, dnsA } = subnet.document;
  return {
    SubnetId: subnet.id,
    SubnetArn: formatArn("ec2", subnet.region, subnet.account, `subnet/${subnet.id}`),
    State: "available",
    OwnerId: subnet.account,
    VpcId: subnet.vpc,
    CidrBlock: cidr,
    Ipv6CidrBlockAssociationSet: [],
    AvailableIpAddressCount: usable(needCidr("cidrBlock", cidr)) - held,
    AvailabilityZone: zone,
    AvailabilityZoneId: needZone(subnet.region, zone).id,
    DefaultForAz: defaultForZone,
    MapPublicIpOnLaunch: mapPublicIp,
    Tags: wireTags(subnet.tags),
    AssignIpv6AddressOnCreation: false,
    MapCustomerOwnedIpOnLaunch: false,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: hostnameType,
      EnableResourceNameDnsARecord: dnsA,
      EnableResourceNameDnsAAAARecord: false,
    },
    Ipv6Native: false,
    EnableDns64: false,
  };
}
