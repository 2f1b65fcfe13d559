import { DescribeTargetHealthCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import type {
  ScheduledTarget,
  ScheduledTask,
  ScheduleView,
  TargetHealth,
} from "../../services/ecs/services/schedule.ts";

/**
 * A service's view with what load balancers say of its tasks' targets. A target group that cannot be asked about leaves
 * its targets unjudged, and is a refusal that the service tells of.
 * @param role the service-linked role.
 */
export async function withTargetHealth(view: ScheduleView, role: Client): Promise<ScheduleView> {
  const targets = view.tasks.flatMap((task) => task.targets ?? []);
  const groups = new Set(
    targets.flatMap(({ id, targetGroupArn }) => (id === undefined ? [] : [targetGroupArn])),
  );
  if (groups.size === 0) return view;
  const health = new Map<string, TargetHealth>();
  const refusals: string[] = [];
  for (const group of groups) {
    try {
      const { TargetHealthDescriptions = [] } = await role.send(
        new DescribeTargetHealthCommand({ TargetGroupArn: group }),
      );
      for (const { Target, TargetHealth } of TargetHealthDescriptions) {
        health.set(key(group, Target?.Id, Target?.Port), {
          state: TargetHealth?.State ?? "",
          ...(TargetHealth?.Reason !== undefined && { code: TargetHealth.Reason }),
          ...(TargetHealth?.Description !== undefined && { description: TargetHealth.Description }),
        });
      }
    } catch (error) {
      if (!isFault(error) || error.code === "InternalFailure") throw error;
      refusals.push(
        ` failed to describe target health on (target-group ${group}) with (error ${error.message})`,
      );
    }
  }
  const judged = (target: ScheduledTarget): ScheduledTarget => {
    const said = health.get(key(target.targetGroupArn, target.id, target.port));
    return said === undefined ? target : { ...target, health: said };
  };
  const tasks = view.tasks.map(
    (task): ScheduledTask =>
      task.targets === undefined ? task : { ...task, targets: task.targets.map(judged) },
  );
  return { ...view, tasks, refusals: [...(view.refusals ?? []), ...refusals] };
}

function key(group: string, id = "", port = 0): string {
  return `${group} ${id} ${port}`;
}
