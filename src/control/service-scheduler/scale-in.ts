import type { PlacementStrategy } from "@aws-sdk/client-ecs";
import type { ScheduledInstance, ScheduledTask } from "../../services/ecs/services/schedule.ts";

/** AWS: the attribute in which an instance says its Availability Zone. */
export const zoneAttribute = "ecs.availability-zone";

/** AWS: without a strategy a service spreads over zones, then over instances. */
const defaultStrategy: readonly PlacementStrategy[] = [
  { type: "spread", field: `attribute:${zoneAttribute}` },
  { type: "spread", field: "instanceId" },
];

/**
 * Tasks in the order in which a service would keep them: it stops them from the end. Where the strategy spreads, the
 * bucket with most tasks loses one first; where it packs, the instance with most room does (Developer Guide, "Amazon
 * ECS task placement strategies"). Those that must stay come first in their buckets, and count there.
 */
export function keepingOrder(
  tasks: readonly ScheduledTask[],
  strategy: readonly PlacementStrategy[],
  instances: ReadonlyMap<string, ScheduledInstance>,
  mustStay: (task: ScheduledTask) => boolean,
): readonly ScheduledTask[] {
  const byId = [...tasks].sort((a, b) => (a.id < b.id ? -1 : 1));
  const ordered = inOrder(byId, strategy.length > 0 ? strategy : defaultStrategy, instances, mustStay);
  return [...ordered.filter(mustStay), ...ordered.filter((task) => !mustStay(task))];
}

function inOrder(
  tasks: readonly ScheduledTask[],
  [first, ...rest]: readonly PlacementStrategy[],
  instances: ReadonlyMap<string, ScheduledInstance>,
  mustStay: (task: ScheduledTask) => boolean,
): readonly ScheduledTask[] {
  if (first === undefined) return [...tasks.filter(mustStay), ...tasks.filter((task) => !mustStay(task))];
  if (first.type === "binpack") {
    const room = (task: ScheduledTask): number => {
      const remaining = instances.get(task.instance ?? "")?.remaining;
      return (first.field?.toLowerCase() === "cpu" ? remaining?.cpu : remaining?.memory) ?? 0;
    };
    return [...inOrder(tasks, rest, instances, mustStay)].sort((a, b) => room(a) - room(b));
  }
  if (first.type !== "spread") return inOrder(tasks, rest, instances, mustStay);
  const buckets = new Map<string, ScheduledTask[]>();
  for (const task of tasks) {
    const bucket = bucketOf(task, first.field ?? "", instances);
    const there = buckets.get(bucket);
    if (there === undefined) buckets.set(bucket, [task]);
    else there.push(task);
  }
  // Stopping tasks in descending order of their place in their bucket is to take from the fullest bucket each time.
  return [...buckets.values()]
    .flatMap((bucket) => inOrder(bucket, rest, instances, mustStay).map((task, place) => ({ task, place })))
    .sort((a, b) => a.place - b.place)
    .map(({ task }) => task);
}

/** The bucket of a task for a field of a spread. Tasks whose instance lacks the attribute share one. */
export function bucketOf(
  task: ScheduledTask,
  field: string,
  instances: ReadonlyMap<string, ScheduledInstance>,
): string {
  const name = field.toLowerCase();
  if (name === "instanceid" || name === "host") return task.instance ?? "";
  const attribute = field.replace(/^attribute:/i, "");
  if (attribute === zoneAttribute && task.zone !== undefined) return task.zone;
  return instances.get(task.instance ?? "")?.attributes.get(attribute) ?? "";
}
