import {
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { ArnLink } from "../parts/arn-link.tsx";
import { Details } from "../parts/details.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { TagsTable } from "../parts/tags-table.tsx";
import { AttributesTable } from "./attributes-table.tsx";
import { nameInArn } from "./names.ts";
import { Targets } from "./targets.tsx";

/** EC2 → Target groups → one: its targets with their health and the reason, its health check, its attributes. */
export function TargetGroupPage() {
  const { name = "" } = useParams();
  const elb = useClient(ElasticLoadBalancingV2Client);
  const query = useQuery(async () => {
    const { TargetGroups: found } = await elb.send(new DescribeTargetGroupsCommand({ Names: [name] }));
    const group = found?.[0];
    if (group === undefined) throw new Error("There is no such target group in this region.");
    const { TargetGroupArn = "" } = group;
    const [{ Attributes: attributes = [] }, { TagDescriptions: described }] = await Promise.all([
      elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn })),
      elb.send(new DescribeTagsCommand({ ResourceArns: [TargetGroupArn] })),
    ]);
    return { group, arn: TargetGroupArn, attributes, tags: described?.[0]?.Tags ?? [] };
  }, [elb, name]);
  return (
    <ResourcePage title={name} query={query}>
      {({ group, arn, attributes, tags }) => (
        <>
          <Details
            title="Details"
            facts={{
              "Protocol and port": `${group.Protocol ?? "–"}:${group.Port ?? "–"}`,
              "Protocol version": group.ProtocolVersion,
              "Target type": group.TargetType,
              VPC: group.VpcId,
              "Load balancer": (group.LoadBalancerArns ?? []).map((one) => (
                <div key={one}>
                  <ArnLink arn={one}>{nameInArn(one)}</ArnLink>
                </div>
              )),
              "Health check": `${group.HealthCheckProtocol} ${group.HealthCheckPath ?? ""} on ${group.HealthCheckPort}, every ${group.HealthCheckIntervalSeconds} s`,
              "Healthy after": `${group.HealthyThresholdCount} passed checks`,
              "Unhealthy after": `${group.UnhealthyThresholdCount} failed checks`,
              ARN: arn,
            }}
          />
          <TabsInAddress
            label="About the target group"
            tabs={[
              { id: "targets", label: "Targets", content: <Targets group={arn} title="Targets" /> },
              { id: "attributes", label: "Attributes", content: <AttributesTable attributes={attributes} /> },
              { id: "tags", label: "Tags", content: <TagsTable tags={tags} /> },
            ]}
          />
        </>
      )}
    </ResourcePage>
  );
}
