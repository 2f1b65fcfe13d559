import type { GatewayConnector, LoadBalancer } from "@aws-sdk/client-ecs";
import { minute } from "../../../kernel/duration.ts";
import { invalidParameter } from "../faults.ts";
import type { DeploymentConfiguration } from "../services/deployment-configuration.ts";
import type { ServiceDeploymentProgress, Traffic, TrafficSteps } from "../services/schedule.ts";

/** What leads traffic to a service. */
interface ShiftedBy {
  readonly loadBalancers?: readonly LoadBalancer[] | undefined;
  readonly gatewayConnectors?: readonly GatewayConnector[] | undefined;
}

/**
 * Whether a strategy's way of shifting traffic can be gone with these load balancers.
 * Throws `InvalidParameterException`; the sentences are ours.
 */
export function checkShift(
  { strategy }: DeploymentConfiguration,
  { loadBalancers = [], gatewayConnectors = [] }: ShiftedBy,
): void {
  if (strategy === "ROLLING") return;
  if (loadBalancers.some(({ advancedConfiguration }) => advancedConfiguration === undefined)) {
    throw invalidParameter(
      `The ${strategy} deployment strategy needs an advancedConfiguration for each load balancer of the service.`,
    );
  }
  if (strategy !== "BLUE_GREEN" && loadBalancers.length + gatewayConnectors.length === 0) {
    throw invalidParameter(
      `The ${strategy} deployment strategy needs a load balancer, whose traffic it shifts.`,
    );
  }
}

/** The steps in which a strategy shifts production traffic; none where there is nothing that could. */
export function trafficSteps(
  { strategy, linearConfiguration, canaryConfiguration }: DeploymentConfiguration,
  loadBalancers: readonly LoadBalancer[] = [],
): TrafficSteps | undefined {
  if (strategy === "ROLLING" || loadBalancers.length === 0) return undefined;
  if (strategy === "CANARY") {
    const { canaryPercent = 5, canaryBakeTimeInMinutes = 10 } = canaryConfiguration ?? {};
    return { percents: upTo100([canaryPercent]), bakeMs: canaryBakeTimeInMinutes * minute };
  }
  if (strategy === "LINEAR") {
    const { stepPercent = 10, stepBakeTimeInMinutes = 6 } = linearConfiguration ?? {};
    // Steps are tenths of a percent: counted in whole numbers, they stay exact.
    const tenths = Math.round(stepPercent * 10);
    const steps = Array.from(
      { length: Math.ceil(1000 / tenths) - 1 },
      (_, step) => ((step + 1) * tenths) / 10,
    );
    return { percents: upTo100(steps), bakeMs: stepBakeTimeInMinutes * minute };
  }
  return { percents: [100], bakeMs: 0 };
}

function upTo100(percents: readonly number[]): readonly number[] {
  return [...percents.filter((percent) => percent < 100), 100];
}

/**
 * The target groups that a revision's tasks are registered with, one for each load balancer: where traffic is shifted
 * between two, those that the revision before does not have.
 */
export function targetGroupsAfter(
  before: readonly string[] | undefined,
  loadBalancers: readonly LoadBalancer[],
  shifts: boolean,
): readonly string[] {
  const taken = new Set(before);
  return loadBalancers.map(({ targetGroupArn = "", advancedConfiguration }) => {
    const alternate = advancedConfiguration?.alternateTargetGroupArn;
    if (alternate === undefined) return targetGroupArn;
    // Without a shift the listener goes on with the group that it has.
    if (!shifts) return taken.has(alternate) ? alternate : targetGroupArn;
    return taken.has(targetGroupArn) ? alternate : targetGroupArn;
  });
}

/** How a listener or rule is to divide its requests. */
export interface RuleWeights {
  /** ARN of a listener rule, or of the listener of a Network Load Balancer. */
  readonly rule: string;
  /** The infrastructure role that may change it. */
  readonly roleArn: string;
  readonly weights: readonly { readonly targetGroupArn: string; readonly percent: number }[];
}

/** Which revisions' target groups a service deployment is about, one for each load balancer. */
export interface ShiftedGroups {
  readonly target: readonly string[];
  /** Those of the revision that it is rolled back to. */
  readonly back?: readonly string[];
}

/**
 * What the listeners are to do for a distribution of traffic.
 * INVARIANT: the percents of a rule sum to 100.
 */
export function ruleWeights(
  loadBalancers: readonly LoadBalancer[],
  groups: ShiftedGroups,
  { source }: Pick<ServiceDeploymentProgress, "source">,
  wanted: Traffic,
): readonly RuleWeights[] {
  return loadBalancers.flatMap(({ targetGroupArn = "", advancedConfiguration }, index) => {
    const { alternateTargetGroupArn, productionListenerRule, testListenerRule, roleArn } =
      advancedConfiguration ?? {};
    const target = groups.target[index];
    if (alternateTargetGroupArn === undefined || roleArn === undefined || target === undefined) return [];
    const other = target === targetGroupArn ? alternateTargetGroupArn : targetGroupArn;
    // Rolled back to what stands in the same group: it gets everything either way.
    const same = groups.back?.[index] === target;
    const divided = (rule: string | undefined, percent: number): readonly RuleWeights[] => {
      // The first revision of a service takes nothing from another one before it is ready.
      if (rule === undefined || (source === undefined && percent === 0)) return [];
      const share = same ? 100 : percent;
      const weights = [
        { targetGroupArn: target, percent: share },
        { targetGroupArn: other, percent: rest(share) },
      ];
      return [{ rule, roleArn, weights }];
    };
    return [...divided(productionListenerRule, wanted.production), ...divided(testListenerRule, wanted.test)];
  });
}

/** What is left of a hundred, in exact tenths. */
export function rest(percent: number): number {
  return (1000 - Math.round(percent * 10)) / 10;
}
