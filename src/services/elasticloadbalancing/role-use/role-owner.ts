import type { RoleOwner } from "../../../dispatch/service.ts";
import type { Region } from "../../../kernel/brand.ts";
import type { Rows } from "../../../store/types.ts";
import { elbPrincipal } from "../principal.ts";
import type { ElbTables } from "../store.ts";

/**
 * Who needs AWSServiceRoleForElasticLoadBalancing: load balancers, in whichever region, and interfaces of theirs that are
 * still to be removed, whose jobs are queued in the role's name (User Guide, "Delete the service-linked role").
 */
export const elbRoleOwner: RoleOwner = {
  servicePrincipal: elbPrincipal,
  createdBy: ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"],
  async usage(rows: Rows, account) {
    const found = await rows
      .tables<ElbTables>()
      .selectFrom("elasticloadbalancing_resource")
      .select(["arn", "region"])
      .where("account", "=", account)
      .where("kind", "=", "load-balancer")
      .orderBy("arn")
      .execute();
    const resources = new Map<string, string[]>();
    for (const { region, arn } of found) resources.set(region, [...(resources.get(region) ?? []), arn]);
    return [...resources].map(([region, arns]) => ({ region: region as Region, resources: arns }));
  },
};
