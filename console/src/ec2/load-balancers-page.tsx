import {
  ElasticLoadBalancingV2Client,
  type LoadBalancer,
  paginateDescribeLoadBalancers,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { linkColumn, statusColumn, textColumn, timeColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

const columns: readonly Column<LoadBalancer>[] = [
  linkColumn(
    "Name",
    (one) => one.LoadBalancerName,
    (one) => `/ec2/load-balancers/${encodeURIComponent(one.LoadBalancerName ?? "")}`,
  ),
  textColumn("DNS name", (one) => one.DNSName),
  statusColumn("State", (one) => one.State?.Code),
  textColumn("Type", (one) => one.Type),
  textColumn("Scheme", (one) => one.Scheme),
  textColumn("VPC", (one) => one.VpcId),
  textColumn("Availability Zones", (one) =>
    one.AvailabilityZones?.map(({ ZoneName: zone }) => zone).join(", "),
  ),
  timeColumn("Created", (one) => one.CreatedTime, { hidden: true }),
  textColumn("ARN", (one) => one.LoadBalancerArn, { hidden: true }),
];

/** EC2 → Load balancers. */
export function LoadBalancersPage() {
  const elb = useClient(ElasticLoadBalancingV2Client);
  const query = useQuery(
    () => everyPage(paginateDescribeLoadBalancers({ client: elb }, {}), (page) => page.LoadBalancers),
    [elb],
    { every: 10_000, follows: "elasticloadbalancing" },
  );
  return (
    <ResourceTable
      title="Load balancers"
      name="ec2.load-balancers"
      query={query}
      columns={columns}
      idOf={(one) => one.LoadBalancerName ?? ""}
      empty="No load balancers in this region"
    />
  );
}
