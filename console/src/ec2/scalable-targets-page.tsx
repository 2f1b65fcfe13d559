import {
  ApplicationAutoScalingClient,
  paginateDescribeScalableTargets,
  paginateDescribeScalingActivities,
  paginateDescribeScalingPolicies,
  type ScalableTarget,
  type ScalingActivity,
  type ScalingPolicy,
} from "@aws-sdk/client-application-auto-scaling";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { linkColumn, statusColumn, textColumn, timeColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

/** The newest activities that are shown. */
const most = 200;
const ecs = "ecs";

/** `service/<cluster>/<service>`, as Application Auto Scaling names a service of ECS. */
function pageOfService(resource: string | undefined): string | undefined {
  const [kind, cluster, service] = (resource ?? "").split("/");
  if (kind !== "service" || cluster === undefined || service === undefined) return undefined;
  return `/ecs/clusters/${encodeURIComponent(cluster)}/services/${encodeURIComponent(service)}`;
}

const targetColumns: readonly Column<ScalableTarget>[] = [
  linkColumn(
    "Resource",
    (one) => one.ResourceId,
    (one) => pageOfService(one.ResourceId),
  ),
  textColumn("Dimension", (one) => one.ScalableDimension),
  textColumn("Minimum", (one) => one.MinCapacity),
  textColumn("Maximum", (one) => one.MaxCapacity),
  timeColumn("Registered", (one) => one.CreationTime),
];

const policyColumns: readonly Column<ScalingPolicy>[] = [
  textColumn("Policy", (one) => one.PolicyName),
  textColumn("Resource", (one) => one.ResourceId),
  textColumn("Type", (one) => one.PolicyType),
  textColumn("Alarms", (one) => one.Alarms?.map((alarm) => alarm.AlarmName).join(", ")),
];

const activityColumns: readonly Column<ScalingActivity>[] = [
  statusColumn("Status", (one) => one.StatusCode),
  textColumn("Resource", (one) => one.ResourceId),
  textColumn("Description", (one) => one.Description),
  textColumn("Cause", (one) => one.Cause, { minWidth: 240 }),
  timeColumn("Start time", (one) => one.StartTime),
  textColumn("Status message", (one) => one.StatusMessage, { hidden: true }),
];

/** EC2 → Scalable targets: what Application Auto Scaling scales of ECS, by which policies, and what it did and why. */
export function ScalableTargetsPage() {
  const client = useClient(ApplicationAutoScalingClient);
  const targets = useQuery(
    () =>
      everyPage(
        paginateDescribeScalableTargets({ client }, { ServiceNamespace: ecs }),
        (page) => page.ScalableTargets,
      ),
    [client],
    { every: 10_000 },
  );
  const policies = useQuery(
    () =>
      everyPage(
        paginateDescribeScalingPolicies({ client }, { ServiceNamespace: ecs }),
        (page) => page.ScalingPolicies,
      ),
    [client],
    { every: 10_000 },
  );
  const activities = useQuery(
    () =>
      everyPage(
        paginateDescribeScalingActivities({ client }, { ServiceNamespace: ecs }),
        (page) => page.ScalingActivities,
        most,
      ),
    [client],
    { every: 10_000 },
  );
  return (
    <SpaceBetween size="l">
      <ResourceTable
        title="Scalable targets"
        name="ec2.scalable-targets"
        query={targets}
        columns={targetColumns}
        idOf={(one) => `${one.ResourceId} ${one.ScalableDimension}`}
        empty="Nothing is scaled in this region"
      />
      <ResourceTable
        title="Scaling policies"
        name="ec2.scaling-policies"
        embedded
        query={policies}
        columns={policyColumns}
        idOf={(one) => one.PolicyARN ?? ""}
        empty="No scaling policies"
      />
      <ResourceTable
        title="Scaling activities"
        name="ec2.scaling-activities"
        embedded
        query={activities}
        columns={activityColumns}
        idOf={(one) => one.ActivityId ?? ""}
        empty="Nothing has happened"
      />
    </SpaceBetween>
  );
}
