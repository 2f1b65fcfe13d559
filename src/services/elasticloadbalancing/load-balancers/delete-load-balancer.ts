import { Fault } from "../../../kernel/fault.ts";
import { completeAttributes } from "../attributes.ts";
import { invalidArn, notPermitted } from "../faults.ts";
import { onResource, writing } from "../operation.ts";
import { findResource, isArnOf, removeResources } from "../resource.ts";
import { unlinkAll } from "../rules/links.ts";
import type { ElbTables } from "../store.ts";
import { trafficChanged } from "../traffic/changed.ts";
import { enqueueProvisioning } from "./provisioning.ts";

/**
 * Deletes a load balancer with its listeners and rules; its interfaces go in a job. AWS: one that is not there is no
 * error.
 */
export const deleteLoadBalancer = writing(
  "DeleteLoadBalancer",
  ({ LoadBalancerArn }) => onResource("DeleteLoadBalancer", LoadBalancerArn),
  async (tx, ctx, { LoadBalancerArn: arn = "" }) => {
    if (!isArnOf("load-balancer", arn)) throw invalidArn("load-balancer", arn);
    const one = await findResource(tx, "load-balancer", arn);
    if (one === undefined || one.account !== ctx.account || one.region !== ctx.region) return {};
    if (completeAttributes(one)["deletion_protection.enabled"] === "true") {
      throw notPermitted(`Load balancer '${arn}' cannot be deleted because deletion protection is enabled`);
    }
    const registered = await tx
      .tables<ElbTables>()
      .selectFrom("elasticloadbalancing_target")
      .select("target_group")
      .where("id", "=", arn)
      .executeTakeFirst();
    if (registered !== undefined) {
      throw new Fault(
        "ResourceInUse",
        `Load balancer '${arn}' cannot be deleted because it is registered with a target group`,
      );
    }
    await unlinkAll(tx, arn);
    await removeResources(tx, [arn]);
    await enqueueProvisioning(tx, arn);
    await trafficChanged(tx, [arn]);
    return {};
  },
);
