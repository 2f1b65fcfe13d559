import {
  type Action,
  DescribeListenersCommand,
  DescribeRulesCommand,
  ModifyListenerCommand,
  ModifyRuleCommand,
  type TargetGroupTuple,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Client } from "../../dispatch/context.ts";
import type { RuleWeights } from "../../services/ecs/load-balancers/shift.ts";

/** The session in which ECS uses an infrastructure role for listeners. The name is ours. */
export const shiftSession = "ecs-traffic-shift";

/**
 * Has a listener, or a rule of one, divide its requests as it is told. What else its actions say stays. Doing it again
 * changes nothing.
 * @param role the infrastructure role.
 */
export async function divideTraffic(role: Client, { rule, weights }: RuleWeights): Promise<void> {
  const tuples = weightsOf(weights);
  if (!rule.includes(":listener-rule/")) return divideAtListener(role, rule, tuples);
  const { Rules = [] } = await role.send(new DescribeRulesCommand({ RuleArns: [rule] }));
  const [found] = Rules;
  // A listener's default rule is changed with the listener.
  if (found?.IsDefault === true) return divideAtListener(role, listenerOf(rule), tuples);
  const actions = divided(found?.Actions ?? [], tuples);
  if (actions !== undefined) await role.send(new ModifyRuleCommand({ RuleArn: rule, Actions: actions }));
}

async function divideAtListener(role: Client, listener: string, tuples: TargetGroupTuple[]): Promise<void> {
  const { Listeners = [] } = await role.send(new DescribeListenersCommand({ ListenerArns: [listener] }));
  const actions = divided(Listeners[0]?.DefaultActions ?? [], tuples);
  if (actions === undefined) return;
  await role.send(new ModifyListenerCommand({ ListenerArn: listener, DefaultActions: actions }));
}

/** `…:listener-rule/app/name/lb/listener/rule` is a rule of `…:listener/app/name/lb/listener`. */
function listenerOf(rule: string): string {
  return rule.replace(":listener-rule/", ":listener/").replace(/\/[^/]*$/, "");
}

/**
 * Actions whose requests go to these target groups; `undefined` when they do already. What else they do, such as
 * authenticating or keeping a client with its group, stays.
 */
export function divided(
  actions: readonly Action[],
  tuples: readonly TargetGroupTuple[],
): Action[] | undefined {
  const forward = actions.find(({ Type }) => Type === "forward");
  const before = forward?.ForwardConfig?.TargetGroups ?? [];
  if (before.length === tuples.length && tuples.every((tuple) => before.some((one) => isSame(one, tuple)))) {
    return undefined;
  }
  const { TargetGroupArn: _single, ...kept } = forward ?? { Type: "forward" as const };
  const next: Action = { ...kept, ForwardConfig: { ...kept.ForwardConfig, TargetGroups: [...tuples] } };
  if (forward === undefined) return [...actions.filter(({ Type }) => !isLast(Type)), next];
  return actions.map((action) => (action === forward ? next : action));
}

/** A redirect or a fixed response stands in the place that the requests are to be forwarded from. */
function isLast(type: string | undefined): boolean {
  return type === "redirect" || type === "fixed-response";
}

function isSame(one: TargetGroupTuple, { TargetGroupArn, Weight }: TargetGroupTuple): boolean {
  return one.TargetGroupArn === TargetGroupArn && (one.Weight ?? 1) === Weight;
}

/** AWS: weights are whole numbers up to 999: percents, or tenths of them where there are some. */
export function weightsOf(weights: RuleWeights["weights"]): TargetGroupTuple[] {
  const whole = weights.every(({ percent }) => Number.isInteger(percent));
  return weights.map(({ targetGroupArn, percent }) => ({
    TargetGroupArn: targetGroupArn,
    Weight: whole ? percent : Math.round(percent * 10),
  }));
}
