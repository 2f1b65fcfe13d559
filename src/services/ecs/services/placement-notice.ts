import type * as ecs from "@aws-sdk/client-ecs";
import { hour } from "../../../kernel/duration.ts";
import type { Notice, SchedulingState } from "./schedule.ts";
import type { Started } from "./start-tasks.ts";

/** AWS: what was told is not told again for six hours, unless it has passed in between. */
const toldAgainAfter = 6 * hour;

/** What each reason lacks, the nearest to a placement first (Developer Guide, "Viewing service event messages"). */
const reasons: readonly (readonly [reason: RegExp, words: (reason: string) => string])[] = [
  [/^RESOURCE:CPU$/, () => "has insufficient CPU units available."],
  [/^RESOURCE:MEMORY$/, () => "has insufficient memory available."],
  [/^RESOURCE:PORTS$/, () => "is already using a port required by your task."],
  [/^RESOURCE:GPU$/, () => "has insufficient GPU resource available."],
  [/^ATTRIBUTE$/, () => "is missing an attribute required by your task."],
  [/./, (reason) => `encountered error "${reason}".`],
];

/** The failure that is nearest to a placement. */
function closestOf(failures: readonly ecs.Failure[]): ecs.Failure | undefined {
  const rank = ({ reason = "" }: ecs.Failure): number => reasons.findIndex(([of]) => of.test(reason));
  return [...failures].sort((a, b) => rank(a) - rank(b))[0];
}

/** AWS's words for tasks that no container instance could take. */
function unplacedWords(closest: ecs.Failure | undefined): string {
  const sorry = " was unable to place a task because no container instance met all of its requirements.";
  const more = " For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
  if (closest === undefined) {
    return `${sorry} Reason: No Container Instances were found in your cluster.${more}`;
  }
  const { arn = "", reason = "" } = closest;
  const id = arn.split("/").at(-1) ?? "";
  const words = reasons.find(([of]) => of.test(reason))?.[1](reason) ?? "";
  return `${sorry} The closest matching (container-instance ${id}) ${words}${more}`;
}

/** Tells of tasks that found no place, once until one does. */
export function tellUnplaced(
  state: SchedulingState,
  { tasks, failures, unplaced }: Started,
  now: number,
): { readonly state: SchedulingState; readonly notices: readonly Notice[] } {
  const key = "placement";
  const { [key]: toldAt, ...told } = state.told;
  if (unplaced === 0) {
    return { state: tasks.length > 0 && toldAt !== undefined ? { ...state, told } : state, notices: [] };
  }
  if (toldAt !== undefined && now < toldAt + toldAgainAfter) return { state, notices: [] };
  const closest = closestOf(failures);
  return {
    state: { ...state, told: { ...told, [key]: now } },
    notices: [
      {
        message: unplacedWords(closest),
        event: {
          type: "ECS Service Action",
          eventType: "ERROR",
          eventName: "SERVICE_TASK_PLACEMENT_FAILURE",
          ...(closest?.reason !== undefined && { reason: closest.reason }),
        },
      },
    ],
  };
}
