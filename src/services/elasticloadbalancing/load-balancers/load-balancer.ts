import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { LoadBalancer } from "../resource.ts";

/** As the API shows it. */
export function apiLoadBalancer({ arn, name, createdAt, document }: LoadBalancer): elbv2.LoadBalancer {
  const { subnets, securityGroups, nodes } = document;
  const isNetwork = document.type === "network";
  const addressesOf = (subnetId: string) => {
    const node = nodes.find((one) => one.subnetId === subnetId);
    const { allocationId, privateIpAddress } = subnets.find((one) => one.subnetId === subnetId) ?? {};
    if (!isNetwork || (allocationId ?? privateIpAddress) === undefined) return [];
    return [
      {
        ...(allocationId !== undefined && { AllocationId: allocationId, IpAddress: node?.publicIpAddress }),
        ...(privateIpAddress !== undefined && { PrivateIPv4Address: privateIpAddress }),
      },
    ];
  };
  return {
    LoadBalancerArn: arn,
    DNSName: document.dnsName,
    CanonicalHostedZoneId: document.hostedZone,
    CreatedTime: new Date(createdAt),
    LoadBalancerName: name,
    Scheme: document.scheme,
    VpcId: document.vpcId,
    State: { Code: document.state, ...(document.reason !== undefined && { Reason: document.reason }) },
    Type: document.type,
    AvailabilityZones: subnets.map(({ subnetId, zone }) => ({
      ZoneName: zone,
      SubnetId: subnetId,
      LoadBalancerAddresses: addressesOf(subnetId),
    })),
    ...((!isNetwork || securityGroups.length > 0) && { SecurityGroups: [...securityGroups] }),
    IpAddressType: "ipv4",
    ...(isNetwork && {
      EnablePrefixForIpv6SourceNat: "off",
      ...(securityGroups.length > 0 && {
        EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: document.privateLinkInbound ?? "on",
      }),
    }),
  };
}

/** `app/<name>/<id>`: how a load balancer is named in descriptions of interfaces and in dimensions of metrics. */
export function fullName(arn: string): string {
  return arn.slice(arn.indexOf(":loadbalancer/") + ":loadbalancer/".length);
}
