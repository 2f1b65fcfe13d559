import type { GroupDocument } from "../../services/autoscaling/groups/group.ts";
import { counts, type GroupInstance } from "../../services/autoscaling/instances/instance.ts";

/** Somewhere an instance can be. */
interface Place {
  readonly zone: string;
  readonly subnet?: string;
}

/** The place with the fewest instances: zones first, then subnets ("Availability Zone distribution", User Guide). */
export function leastUsedPlace<P extends Place>(
  places: readonly P[],
  instances: readonly GroupInstance[],
): P | undefined {
  const here = instances.filter(counts);
  const inZone = (zone: string): number => here.filter((one) => one.zone === zone).length;
  const inSubnet = (subnet: string | undefined): number => here.filter((one) => one.subnet === subnet).length;
  return [...places].sort(
    (a, b) =>
      inZone(a.zone) - inZone(b.zone) ||
      inSubnet(a.subnet) - inSubnet(b.subnet) ||
      (a.zone < b.zone ? -1 : 1),
  )[0];
}

/**
 * Which instances go when a group shrinks: never a protected one; of the zone with the most, by the group's termination
 * policies ("Configure termination policies", User Guide). @returns their keys.
 */
export function chooseVictims(
  {
    instances,
    terminationPolicies,
    launch,
  }: Pick<GroupDocument, "instances" | "terminationPolicies" | "launch">,
  count: number,
): ReadonlySet<string> {
  const chosen = new Set<string>();
  while (chosen.size < count) {
    const left = instances.filter((one) => counts(one) && !chosen.has(one.key));
    const free = left.filter((one) => !one.protected);
    if (free.length === 0) break;
    const inZone = (zone: string): number => left.filter((one) => one.zone === zone).length;
    const most = Math.max(...free.map(({ zone }) => inZone(zone)));
    let candidates = free.filter(({ zone }) => inZone(zone) === most);
    for (const policy of terminationPolicies) candidates = narrowed(candidates, policy, launch);
    const [first] = candidates.toSorted((a, b) => a.startedAt - b.startedAt || (a.key < b.key ? -1 : 1));
    if (first === undefined) break;
    chosen.add(first.key);
  }
  return chosen;
}

/** The instances that a policy would rather end; all of them where it knows no difference. */
function narrowed(
  candidates: readonly GroupInstance[],
  policy: string,
  launch: GroupDocument["launch"],
): GroupInstance[] {
  const all = [...candidates];
  const oldest = Math.min(...all.map(({ startedAt }) => startedAt));
  const newest = Math.max(...all.map(({ startedAt }) => startedAt));
  const some = (found: GroupInstance[]): GroupInstance[] => (found.length > 0 ? found : all);
  switch (policy) {
    case "OldestInstance":
      return all.filter(({ startedAt }) => startedAt === oldest);
    case "NewestInstance":
      return all.filter(({ startedAt }) => startedAt === newest);
    case "OldestLaunchConfiguration":
    case "OldestLaunchTemplate":
    case "Default":
      return some(all.filter((one) => !isOfNow(one, launch)));
    default:
      return all;
  }
}

/** Whether an instance was launched from what the group launches from now. */
function isOfNow({ configuration, template }: GroupInstance, launch: GroupDocument["launch"]): boolean {
  if (launch.from === "configuration") return configuration === launch.name;
  const { id, version } = launch.template;
  return template?.id === id && (version.startsWith("$") || template.version === version);
}
