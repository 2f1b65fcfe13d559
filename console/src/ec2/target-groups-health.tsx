import type { TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { LinkTo } from "../parts/link-to.tsx";
import { Targets } from "./targets.tsx";

/** The targets of every group behind a load balancer. */
export function TargetGroupsHealth({ groups }: { readonly groups: readonly TargetGroup[] }) {
  if (groups.length === 0)
    return <Box color="text-body-secondary">No listener forwards to a target group.</Box>;
  return (
    <SpaceBetween size="l">
      {groups.map(({ TargetGroupArn: arn = "", TargetGroupName: name = "" }) => (
        <SpaceBetween key={arn} size="s">
          <LinkTo to={`/ec2/target-groups/${encodeURIComponent(name)}`}>{name}</LinkTo>
          <Targets group={arn} title={`Targets of ${name}`} />
        </SpaceBetween>
      ))}
    </SpaceBetween>
  );
}
