import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  type TargetHealthDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { statusColumn, textColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

const columns: readonly Column<TargetHealthDescription>[] = [
  textColumn("Target", (one) => one.Target?.Id),
  textColumn("Port", (one) => one.Target?.Port),
  textColumn("Zone", (one) => one.Target?.AvailabilityZone),
  statusColumn("Health", (one) => one.TargetHealth?.State),
  textColumn("Reason", (one) => one.TargetHealth?.Reason),
  textColumn("Description", (one) => one.TargetHealth?.Description),
];

/** The targets of a group with their health, and why they are not healthy, as it changes. */
export function Targets({
  group: TargetGroupArn,
  title,
}: {
  readonly group: string;
  readonly title: string;
}) {
  const elb = useClient(ElasticLoadBalancingV2Client);
  const query = useQuery(
    async () =>
      (await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }))).TargetHealthDescriptions ?? [],
    [elb, TargetGroupArn],
    { every: 5_000 },
  );
  return (
    <ResourceTable
      title={title}
      name="ec2.targets"
      embedded
      query={query}
      columns={columns}
      idOf={(one) => `${one.Target?.Id}:${one.Target?.Port}`}
      empty="No targets are registered"
    />
  );
}
