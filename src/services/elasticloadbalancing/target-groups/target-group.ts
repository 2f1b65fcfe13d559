import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { TargetGroup } from "../resource.ts";

/** As the API shows it. @param loadBalancerArns who leads requests to it; CreateTargetGroup does not tell (captured). */
export function apiTargetGroup(
  { arn, name, document }: TargetGroup,
  loadBalancerArns?: readonly string[],
): elbv2.TargetGroup {
  return {
    TargetGroupArn: arn,
    TargetGroupName: name,
    ...document.settings,
    ...(loadBalancerArns !== undefined && { LoadBalancerArns: [...loadBalancerArns] }),
  };
}
