import {
  ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
  type TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { linkColumn, textColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { nameInArn } from "./names.ts";

const columns: readonly Column<TargetGroup>[] = [
  linkColumn(
    "Name",
    (one) => one.TargetGroupName,
    (one) => `/ec2/target-groups/${encodeURIComponent(one.TargetGroupName ?? "")}`,
  ),
  textColumn("Protocol", (one) => one.Protocol),
  textColumn("Port", (one) => one.Port),
  textColumn("Target type", (one) => one.TargetType),
  textColumn("Load balancer", (one) => one.LoadBalancerArns?.map(nameInArn).join(", ")),
  textColumn("VPC", (one) => one.VpcId),
  textColumn("ARN", (one) => one.TargetGroupArn, { hidden: true }),
];

/** EC2 → Target groups. */
export function TargetGroupsPage() {
  const elb = useClient(ElasticLoadBalancingV2Client);
  const query = useQuery(
    () => everyPage(paginateDescribeTargetGroups({ client: elb }, {}), (page) => page.TargetGroups),
    [elb],
    { every: 10_000, follows: "elasticloadbalancing" },
  );
  return (
    <ResourceTable
      title="Target groups"
      name="ec2.target-groups"
      query={query}
      columns={columns}
      idOf={(one) => one.TargetGroupName ?? ""}
      empty="No target groups in this region"
    />
  );
}
