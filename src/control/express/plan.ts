import { isDeepStrictEqual } from "node:util";
import { second } from "../../kernel/duration.ts";
import type { InspectedExpress } from "../../services/ecs/express/execution.ts";
import type { ExpressService } from "../../services/ecs/express/express-service.ts";

/** Developer Guide, "Amazon ECS Express Mode services": services behind one load balancer. */
const mostShared = 25;

/** How often it is seen whether a deleted service's tasks are gone, in ms. */
const drainedAskedEvery = 2 * second;

/** What is to be made or removed next. Each step may be done twice. */
export type ExpressStep =
  | "make-security-groups"
  | "make-load-balancer"
  | "make-target-groups"
  | "make-listener"
  | "make-rule"
  | "launch"
  | "scale"
  | "remove-scaling"
  | "remove-rule"
  | "remove-target-groups"
  | "remove-load-balancer"
  | "remove-security-groups"
  | "end";

/** The next step for an express service, or how long there is none (epoch ms). */
export function planExpress(
  { express, drained }: InspectedExpress,
  now: number,
): { readonly step: ExpressStep } | { readonly until?: number } {
  const { resources, configuration } = express.document;
  if (express.status === "DRAINING") {
    if (!drained) return { until: now + drainedAskedEvery };
    if (resources.scaled !== undefined) return { step: "remove-scaling" };
    if (resources.ruleArn !== undefined) return { step: "remove-rule" };
    if (resources.targetGroupArns !== undefined) return { step: "remove-target-groups" };
    if (resources.loadBalancerArn !== undefined) return { step: "remove-load-balancer" };
    const groups = resources.serviceSecurityGroup ?? resources.loadBalancerSecurityGroup;
    return { step: groups === undefined ? "end" : "remove-security-groups" };
  }
  if (resources.loadBalancerSecurityGroup === undefined) return { step: "make-security-groups" };
  if (resources.loadBalancerArn === undefined) return { step: "make-load-balancer" };
  if (resources.targetGroupArns === undefined) return { step: "make-target-groups" };
  if (resources.listenerArn === undefined) return { step: "make-listener" };
  if (resources.ruleArn === undefined) return { step: "make-rule" };
  if (resources.launched !== configuration.taskDefinitionArn) return { step: "launch" };
  if (!isDeepStrictEqual(resources.scaled, configuration.scaling)) return { step: "scale" };
  return {};
}

/** An older express service whose load balancer this one can use: in the same subnets, with a place left. */
export function sharedWith({ express, others }: InspectedExpress): ExpressService | undefined {
  const { network } = express.document;
  const users = (arn: string | undefined) =>
    others.filter(({ document }) => document.resources.loadBalancerArn === arn).length;
  return others.find(
    ({ status, document }) =>
      status === "ACTIVE" &&
      document.resources.listenerArn !== undefined &&
      isDeepStrictEqual(document.network.subnets, network.subnets) &&
      users(document.resources.loadBalancerArn) < mostShared,
  );
}

/** Whether somebody else uses its load balancer. */
export function isShared({ express, others }: InspectedExpress): boolean {
  const { loadBalancerArn } = express.document.resources;
  return others.some(({ document }) => document.resources.loadBalancerArn === loadBalancerArn);
}
