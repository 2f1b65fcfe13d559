import {
  type Activity,
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribePoliciesCommand,
  DescribeScalingActivitiesCommand,
  type Instance,
  type ScalingPolicy,
} from "@aws-sdk/client-auto-scaling";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { statusColumn, textColumn, timeColumn } from "../parts/columns.tsx";
import { Details } from "../parts/details.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { TagsTable } from "../parts/tags-table.tsx";
import { shownTime } from "../parts/time.tsx";

/** The newest activities that are shown. */
const most = 100;

/** EC2 → Auto Scaling groups → one: what it did and why, its instances and its policies. */
export function ScalingGroupPage() {
  const { name = "" } = useParams();
  const autoscaling = useClient(AutoScalingClient);
  const query = useQuery(
    async () => {
      const of = { AutoScalingGroupName: name };
      const [
        { AutoScalingGroups: found },
        { Activities: activities = [] },
        { ScalingPolicies: policies = [] },
      ] = await Promise.all([
        autoscaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] })),
        autoscaling.send(new DescribeScalingActivitiesCommand({ ...of, MaxRecords: most })),
        autoscaling.send(new DescribePoliciesCommand(of)),
      ]);
      const group = found?.[0];
      if (group === undefined) throw new Error("There is no such Auto Scaling group in this region.");
      return { group, activities, policies };
    },
    [autoscaling, name],
    { every: 10_000, follows: "autoscaling" },
  );
  return (
    <ResourcePage title={name} query={query}>
      {({ group, activities, policies }) => (
        <>
          <Details
            title="Group details"
            facts={{
              "Desired capacity": group.DesiredCapacity,
              "Minimum capacity": group.MinSize,
              "Maximum capacity": group.MaxSize,
              "Launch template": group.LaunchTemplate?.LaunchTemplateName,
              "Availability Zones": group.AvailabilityZones?.join(", "),
              "Health check": `${group.HealthCheckType}, ${group.HealthCheckGracePeriod ?? 0} s grace`,
              "Scale-in protection": group.NewInstancesProtectedFromScaleIn === true ? "On" : "Off",
              Created: shownTime(group.CreatedTime),
              ARN: group.AutoScalingGroupARN,
            }}
          />
          <TabsInAddress
            label="About the group"
            tabs={[
              {
                id: "activity",
                label: "Activity",
                content: (
                  <PlainTable<Activity>
                    title="Activity history"
                    empty="Nothing has happened"
                    items={activities}
                    columns={[
                      statusColumn("Status", (one) => one.StatusCode),
                      textColumn("Description", (one) => one.Description),
                      textColumn("Cause", (one) => one.Cause),
                      timeColumn("Start time", (one) => one.StartTime),
                      timeColumn("End time", (one) => one.EndTime),
                    ]}
                  />
                ),
              },
              {
                id: "instances",
                label: "Instances",
                content: (
                  <PlainTable<Instance>
                    title="Instances"
                    empty="No instances"
                    items={group.Instances ?? []}
                    columns={[
                      textColumn("Instance ID", (one) => one.InstanceId),
                      statusColumn("Lifecycle", (one) => one.LifecycleState),
                      textColumn("Type", (one) => one.InstanceType),
                      textColumn("Zone", (one) => one.AvailabilityZone),
                      statusColumn("Health", (one) => one.HealthStatus),
                      textColumn("Protected", (one) => (one.ProtectedFromScaleIn === true ? "Yes" : "No")),
                    ]}
                  />
                ),
              },
              {
                id: "policies",
                label: "Automatic scaling",
                content: (
                  <PlainTable<ScalingPolicy>
                    title="Scaling policies"
                    empty="No scaling policies"
                    items={policies}
                    columns={[
                      textColumn("Policy", (one) => one.PolicyName),
                      textColumn("Type", (one) => one.PolicyType),
                      textColumn("Alarms", (one) => one.Alarms?.map((alarm) => alarm.AlarmName).join(", ")),
                      textColumn("Enabled", (one) => (one.Enabled === false ? "No" : "Yes")),
                    ]}
                  />
                ),
              },
              { id: "tags", label: "Tags", content: <TagsTable tags={group.Tags ?? []} /> },
            ]}
          />
        </>
      )}
    </ResourcePage>
  );
}
