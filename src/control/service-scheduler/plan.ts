import { second } from "../../kernel/duration.ts";
import type { Fortune, SchedulePlan, ScheduleView } from "../../services/ecs/services/schedule.ts";
import { countEnded } from "./fortune.ts";
import { conditionChanges, type HealthRules, targetsChange } from "./health.ts";
import { lookAtDeployments } from "./rolling.ts";
import { lookAtTaskSets } from "./task-sets.ts";
import { Telling, tellFailures, words } from "./tell.ts";
import { isApplied } from "./traffic.ts";

/** From so many rounds in a row that did not start a task, a service is told to be impaired. Ours. */
const impairedAfter = 3;

/** When what a neighbour has refused is tried again, in ms. */
const refusedAgainAfter = 5 * second;

/**
 * What is to be done for a service, as it is and at this time. Pure: the same view and time give the same plan. The
 * work grows linearly with the tasks, but for the sorting of those that may be stopped.
 * @param now epoch ms.
 * @param healthyAfter how long a task without health checks runs before it counts as healthy, in ms.
 */
export function plan(view: ScheduleView, now: number, healthyAfter: number): SchedulePlan {
  const { service, tasks } = view;
  const rules: HealthRules = { now, healthyAfter, gracePeriodMs: service.gracePeriodMs };
  const { fresh, state } = countEnded(view.ended, view.state);
  const telling = new Telling(state.told, now);
  tellFailures(telling, fresh);
  const { refusals = [] } = view;
  for (const message of refusals) telling.tellOnce(`refused ${message}`, { message });
  if (refusals.length === 0) telling.passedAll("refused ");

  const own = service.controller === "ECS";
  // What has not been told what to run yet has nothing to be looked at.
  const deployed =
    own && view.deployments.length > 0
      ? lookAtDeployments({ view, ended: fresh, rules, telling })
      : undefined;
  const sets = own ? undefined : lookAtTaskSets(view, fresh, rules, telling);
  const { start, stop, stable, wake } = deployed ?? sets ?? nothing;

  const fortunes = deployed?.rolling
    ? [deployed.rolling.primary.fortune]
    : (sets?.taskSets ?? []).map((set) => set.fortune);
  tellImpaired(telling, fortunes);
  const ended = service.status === "DRAINING" && tasks.length === 0;
  const steady = stable && service.status === "ACTIVE";
  if (steady) {
    telling.tellOnce("steady", {
      message: words.steady,
      event: { type: "ECS Service Action", eventType: "INFO", eventName: "SERVICE_STEADY_STATE" },
    });
    telling.passedAll("unplaced");
  } else telling.passed("steady");

  const before = new Map(view.deployments.map((deployment) => [deployment.id, deployment]));
  const { rolling } = deployed ?? {};
  const deployments = rolling === undefined ? [] : [rolling.primary, ...rolling.others];
  const setsBefore = new Set(view.taskSets);
  const waits = [
    ...wake,
    ...tasks.map((task) => conditionChanges(task, rules)),
    ...tasks.map(({ protectedUntil }) => (protectedUntil > now && !steady ? protectedUntil : undefined)),
    steady ? telling.againAt("steady") : undefined,
    targetsChange(tasks, now),
    refusals.length > 0 ? now + refusedAgainAfter : undefined,
    // What is asked of the listeners is done by the next look.
    rolling?.progress !== undefined && !isApplied(rolling.progress) && refusals.length === 0
      ? now
      : undefined,
  ].filter((at) => at !== undefined);
  return {
    start,
    stop,
    deployments: deployments.filter((deployment) => before.get(deployment.id) !== deployment),
    taskSets: (sets?.taskSets ?? []).filter((taskSet) => !setsBefore.has(taskSet)),
    goneTaskSets: sets?.gone ?? [],
    ...(rolling?.progress !== view.progress && { progress: rolling?.progress }),
    ...(ended && { status: "INACTIVE" }),
    ...(deployed?.desiredCount !== undefined && { desiredCount: deployed.desiredCount }),
    notices: telling.notices,
    state: telling.remember(state),
    ...(waits.length > 0 && { wakeAt: waits.reduce((a, b) => Math.min(a, b)) }),
  };
}

const nothing = { start: [], stop: [], stable: false, wake: [] } as const;

/** AWS: SERVICE_TASK_START_IMPAIRED. */
function tellImpaired(telling: Telling, fortunes: readonly Fortune[]): void {
  if (fortunes.some(({ failedRounds }) => failedRounds >= impairedAfter)) {
    telling.tellOnce("impaired", {
      message: words.impaired,
      event: { type: "ECS Service Action", eventType: "WARN", eventName: "SERVICE_TASK_START_IMPAIRED" },
    });
  } else if (fortunes.every(({ failedRounds }) => failedRounds === 0)) telling.passed("impaired");
}
