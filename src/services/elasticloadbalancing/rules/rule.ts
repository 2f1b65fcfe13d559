import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Rows } from "../../../store/types.ts";
import { type Listener, listResources, type Rule } from "../resource.ts";

/** The position of a listener's default rule: behind all others. */
export const defaultPosition = 1_000_000;

/** As the API shows it. */
export function apiRule({ arn, position, document }: Rule): elbv2.Rule {
  const { isDefault, conditions, actions, transforms } = document;
  return {
    RuleArn: arn,
    Priority: isDefault ? "default" : String(position),
    Conditions: [...conditions],
    Actions: [...actions],
    IsDefault: isDefault,
    Transforms: [...transforms],
  };
}

/** The rules of listeners in the order in which they are asked, by the listener's ARN. */
export async function rulesByListener(
  rows: Rows,
  listeners: readonly Pick<Listener, "arn">[],
): Promise<ReadonlyMap<string, readonly Rule[]>> {
  const rules = await listResources(rows, "rule", { parents: listeners.map(({ arn }) => arn) });
  const byListener = new Map<string, Rule[]>();
  for (const rule of rules) byListener.set(rule.parent, [...(byListener.get(rule.parent) ?? []), rule]);
  return byListener;
}

/** The ARNs of the target groups that actions send to. */
export function targetGroupsOf(actions: readonly elbv2.Action[]): readonly string[] {
  return actions.flatMap(({ TargetGroupArn, ForwardConfig }) => [
    ...(TargetGroupArn === undefined ? [] : [TargetGroupArn]),
    ...(ForwardConfig?.TargetGroups ?? []).flatMap((group) => group.TargetGroupArn ?? []),
  ]);
}
