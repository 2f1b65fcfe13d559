import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { TargetGroup } from "../resource.ts";

/** As the API shows it. */
export function apiTargetGroup(
  { arn, name, document }: TargetGroup,
  loadBalancerArns: readonly string[],
): elbv2.TargetGroup {
  return {
    TargetGroupArn: arn,
    TargetGroupName: name,
    ...document.settings,
    LoadBalancerArns: [...loadBalancerArns],
  };
}
