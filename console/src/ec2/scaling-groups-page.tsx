import {
  AutoScalingClient,
  type AutoScalingGroup,
  paginateDescribeAutoScalingGroups,
} from "@aws-sdk/client-auto-scaling";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { linkColumn, textColumn, timeColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

const columns: readonly Column<AutoScalingGroup>[] = [
  linkColumn(
    "Name",
    (one) => one.AutoScalingGroupName,
    (one) => `/ec2/auto-scaling-groups/${encodeURIComponent(one.AutoScalingGroupName ?? "")}`,
  ),
  textColumn("Instances", (one) => one.Instances?.length ?? 0),
  textColumn("Desired", (one) => one.DesiredCapacity),
  textColumn("Minimum", (one) => one.MinSize),
  textColumn("Maximum", (one) => one.MaxSize),
  textColumn("Status", (one) => one.Status),
  timeColumn("Created", (one) => one.CreatedTime),
];

/** EC2 → Auto Scaling groups. */
export function ScalingGroupsPage() {
  const autoscaling = useClient(AutoScalingClient);
  const query = useQuery(
    () =>
      everyPage(
        paginateDescribeAutoScalingGroups({ client: autoscaling }, {}),
        (page) => page.AutoScalingGroups,
      ),
    [autoscaling],
    { every: 10_000, follows: "autoscaling" },
  );
  return (
    <ResourceTable
      title="Auto Scaling groups"
      name="ec2.auto-scaling-groups"
      query={query}
      columns={columns}
      idOf={(one) => one.AutoScalingGroupName ?? ""}
      empty="No Auto Scaling groups in this region"
    />
  );
}
