import {
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { Details } from "../parts/details.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { Status } from "../parts/status.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { TagsTable } from "../parts/tags-table.tsx";
import { shownTime } from "../parts/time.tsx";
import { AttributesTable } from "./attributes-table.tsx";
import { Listeners } from "./listeners.tsx";
import { TargetGroupsHealth } from "./target-groups-health.tsx";

/** EC2 → Load balancers → one: its listeners and rules, the targets behind it and their health, its attributes. */
export function LoadBalancerPage() {
  const { name = "" } = useParams();
  const elb = useClient(ElasticLoadBalancingV2Client);
  const query = useQuery(
    async () => {
      const { LoadBalancers: found } = await elb.send(new DescribeLoadBalancersCommand({ Names: [name] }));
      const balancer = found?.[0];
      if (balancer === undefined) throw new Error("There is no such load balancer in this region.");
      const { LoadBalancerArn = "" } = balancer;
      const [groups, { Attributes: attributes = [] }, { TagDescriptions: described }] = await Promise.all([
        everyPage(
          paginateDescribeTargetGroups({ client: elb }, { LoadBalancerArn }),
          (page) => page.TargetGroups,
        ),
        elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn })),
        elb.send(new DescribeTagsCommand({ ResourceArns: [LoadBalancerArn] })),
      ]);
      return { balancer, arn: LoadBalancerArn, groups, attributes, tags: described?.[0]?.Tags ?? [] };
    },
    [elb, name],
    { every: 10_000, follows: "elasticloadbalancing" },
  );
  return (
    <ResourcePage title={name} query={query}>
      {({ balancer, arn, groups, attributes, tags }) => (
        <>
          <Details
            title="Details"
            facts={{
              "DNS name": balancer.DNSName,
              State: <Status of={balancer.State?.Code} />,
              "State reason": balancer.State?.Reason,
              Type: balancer.Type,
              Scheme: balancer.Scheme,
              VPC: balancer.VpcId,
              "Availability Zones": balancer.AvailabilityZones?.map(
                ({ ZoneName: zone, SubnetId: subnet }) => `${zone} (${subnet})`,
              ).join(", "),
              "Security groups": balancer.SecurityGroups?.join(", "),
              "Hosted zone": balancer.CanonicalHostedZoneId,
              Created: shownTime(balancer.CreatedTime),
              ARN: arn,
            }}
          />
          <TabsInAddress
            label="About the load balancer"
            tabs={[
              { id: "listeners", label: "Listeners and rules", content: <Listeners loadBalancer={arn} /> },
              { id: "targets", label: "Targets", content: <TargetGroupsHealth groups={groups} /> },
              { id: "attributes", label: "Attributes", content: <AttributesTable attributes={attributes} /> },
              { id: "tags", label: "Tags", content: <TagsTable tags={tags} /> },
            ]}
          />
        </>
      )}
    </ResourcePage>
  );
}
