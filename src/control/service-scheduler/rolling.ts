import type {
  ScheduledDeployment,
  ScheduledTask,
  ScheduleView,
  ServiceDeploymentProgress,
  Start,
  Stop,
} from "../../services/ecs/services/schedule.ts";
import { boundsOf } from "./bounds.ts";
import { moveDaemon } from "./daemon.ts";
import { type Fleet, type Moves, moveFleet } from "./fleet.ts";
import { afterReplacing } from "./fortune.ts";
import { conditionOf, type HealthRules } from "./health.ts";
import { judge, type Look, tripped, withBreaker, withFortune } from "./judge.ts";
import { batch, mostStarts } from "./pace.ts";
import { complete, fail, givenUp, type Rolling } from "./rollout.ts";
import { advance, cleansUp, scalesUp, stageEnds } from "./stages.ts";
import { type Telling, words } from "./tell.ts";

/** What a look at a service's deployments, or task sets, comes to. */
export interface Outcome {
  readonly start: readonly Start[];
  readonly stop: readonly Stop[];
  readonly rolling?: Rolling;
  readonly desiredCount?: number;
  /** Everything is as it shall be. */
  readonly stable: boolean;
  /** Epoch ms: when to look again though nothing happens. */
  readonly wake: readonly (number | undefined)[];
}

/** A service whose deployments are its own: replicas, by rolling or in stages, or daemons. */
export function lookAtDeployments(look: Look): Outcome {
  const { view, rules } = look;
  const live = view.tasks.filter(({ phase }) => phase !== "stopping");
  const judged = judge(look, withFortune(look, view.deployments, view.progress));
  const rolling = advanced(look, judged, live);
  const moved = move(look, rolling, live);
  const { rolling: concluded, bakes } = conclude(look, blamed(look, rolling, moved, live), moved);
  const settled = withBreaker(view, concluded);
  const { throttledUntil } = settled.primary.fortune;
  return {
    start: moved.start,
    stop: moved.stop,
    rolling: settled,
    desiredCount: moved.target === view.service.desiredCount ? undefined : moved.daemonTarget,
    stable: moved.stable,
    wake: [
      moved.more || tripped(view, settled.primary) ? rules.now : undefined,
      bakes,
      throttledUntil > rules.now ? throttledUntil : undefined,
      ...(settled.progress !== undefined && isStaged(view, settled)
        ? stageEnds(settled.progress, view.service.bakeMs)
        : []),
    ],
  };
}

/** A deployment that goes in stages, as far as it can go; rolled back when a hook's time is over and says so. */
function advanced({ view, rules, telling }: Look, rolling: Rolling, live: readonly ScheduledTask[]): Rolling {
  const { primary, progress } = rolling;
  if (progress === undefined || !isStaged(view, rolling)) return rolling;
  const own = live.filter(({ deployment }) => deployment === primary.id);
  const healthy = own.filter((task) => conditionOf(task, rules) === "healthy").length;
  const scaledUp = healthy >= targetOf(view) && own.length === healthy;
  const step = advance(progress, view.service, { now: rules.now, scaledUp });
  const next = { ...rolling, progress: step.progress };
  return step.rollback ? fail(next, givenUp(primary.id, true), rules.now, telling) : next;
}

/** Tasks that are replaced for their health are told of, and are failures of their deployment. */
function blamed(
  { rules, telling }: Look,
  rolling: Rolling,
  { stop }: Moved,
  live: readonly ScheduledTask[],
): Rolling {
  const { primary } = rolling;
  const unhealthy = stop.filter(({ cause }) => cause === "unhealthy");
  for (const { task } of unhealthy) telling.tell({ message: words.unhealthy(task) });
  const own = new Set(live.filter(({ deployment }) => deployment === primary.id).map(({ id }) => id));
  const failing = unhealthy.filter(({ task }) => own.has(task)).length;
  if (failing === 0) return rolling;
  return {
    ...rolling,
    primary: { ...primary, fortune: afterReplacing(primary.fortune, failing, rules.now) },
  };
}

function move(look: Look, rolling: Rolling, live: readonly ScheduledTask[]): Moved {
  if (look.view.service.schedulingStrategy === "DAEMON") return moveDaemons(look, rolling, live);
  const { progress } = rolling;
  return progress !== undefined && isStaged(look.view, rolling)
    ? moveStaged(look, rolling, progress, live)
    : moveReplicas(look, rolling, live);
}

/** What was moved, whichever way the service is scheduled. */
interface Moved {
  readonly start: readonly Start[];
  readonly stop: readonly Stop[];
  readonly stable: boolean;
  /** Tasks of what the service shall run that are healthy; for early success. */
  readonly healthy: number;
  readonly target: number;
  readonly daemonTarget?: number;
  /** There was more to do than a plan may hold. */
  readonly more: boolean;
}

function targetOf({ service }: ScheduleView): number {
  return service.status === "ACTIVE" ? service.desiredCount : 0;
}

function isStaged({ service }: ScheduleView, { primary, progress }: Rolling): boolean {
  return (
    service.strategy === "BLUE_GREEN" &&
    service.status === "ACTIVE" &&
    primary.rollout.state === "IN_PROGRESS" &&
    progress !== undefined &&
    progress.rollback === undefined
  );
}

function moveReplicas(
  { view, rules, telling }: Look,
  rolling: Rolling,
  live: readonly ScheduledTask[],
): Moved {
  const target = targetOf(view);
  const { primary } = rolling;
  const stays = whoStays(view);
  const current = live.filter((task) => task.deployment === primary.id && stays(task));
  const outgoing = live.filter((task) => task.deployment !== primary.id || !stays(task));
  const moves = moveFleet(
    {
      ...fleetOf(view, primary, rules),
      current,
      outgoing,
      stopping: view.tasks.length - live.length,
      target,
    },
    rules,
  );
  if (moves.blocked) telling.tellOnce("blocked", { message: words.blocked });
  else telling.passed("blocked");
  tellHeld(telling, primary.id, moves);
  return { ...summary(primary.id, moves), target };
}

/**
 * Two revisions side by side, each within its own bounds: the new one is scaled up beside the old one, which goes when
 * the stages are through.
 */
function moveStaged(
  { view, rules, telling }: Look,
  { primary }: Rolling,
  progress: ServiceDeploymentProgress,
  live: readonly ScheduledTask[],
): Moved {
  const target = targetOf(view);
  const stays = whoStays(view);
  const side = (green: boolean, count: number): Moves => {
    const own = (task: ScheduledTask): boolean => (task.deployment === primary.id) === green;
    return moveFleet(
      {
        ...fleetOf(view, primary, rules),
        current: live.filter((task) => own(task) && stays(task)),
        outgoing: live.filter((task) => own(task) && !stays(task)),
        stopping: view.tasks.filter((task) => task.phase === "stopping" && own(task)).length,
        target: count,
        bounds: boundsOf(count, view.service),
        ...(green ? {} : { mayStart: false }),
      },
      rules,
    );
  };
  const green = side(true, scalesUp(progress) ? target : 0);
  const blueTasks = live.filter(({ deployment }) => deployment !== primary.id).length;
  const blue = side(false, cleansUp(progress) ? 0 : Math.min(target, blueTasks));
  tellHeld(telling, primary.id, green);
  return {
    ...summary(primary.id, green),
    stop: [...green.stop, ...blue.stop],
    stable: green.stable && blue.stable && cleansUp(progress),
    target,
  };
}

function moveDaemons({ view, rules }: Look, { primary }: Rolling, live: readonly ScheduledTask[]): Moved {
  const moves = moveDaemon(
    {
      id: primary.id,
      current: live.filter(({ deployment }) => deployment === primary.id),
      outgoing: live.filter(({ deployment }) => deployment !== primary.id),
      stopping: view.tasks.filter(({ phase }) => phase === "stopping"),
      instances: view.instances,
      percents: view.service,
      mayStart: mayStart(primary, rules),
      mostStarts: mostStarts(primary, view.tasks),
      wanted: view.service.status === "ACTIVE",
    },
    rules,
  );
  const instances = moves.start;
  return {
    start: instances.length === 0 ? [] : [{ deployment: primary.id, count: instances.length, instances }],
    stop: moves.stop.slice(0, batch),
    stable: moves.stable,
    healthy: 0,
    target: moves.target,
    daemonTarget: moves.target,
    more: moves.start.length === batch || moves.stop.length > batch,
  };
}

function summary(deployment: string, { start, stop, stable, healthy }: Moves): Omit<Moved, "target"> {
  return {
    start: start === 0 ? [] : [{ deployment, count: start }],
    stop,
    stable,
    healthy,
    more: start === batch || stop.length === batch,
  };
}

/** What all fleets of a service have in common. */
export function fleetOf(
  view: ScheduleView,
  {
    id,
    fortune,
    rollout,
    unresolved = false,
  }: Pick<ScheduledDeployment, "id" | "fortune"> &
    Partial<Pick<ScheduledDeployment, "rollout" | "unresolved">>,
  { now }: HealthRules,
): Omit<Fleet, "current" | "outgoing" | "stopping" | "target"> {
  const { service, instances } = view;
  const failed = rollout?.state === "FAILED";
  return {
    id,
    bounds: boundsOf(targetOf(view), service),
    mayStart: !failed && fortune.throttledUntil <= now,
    mostStarts: mostStarts({ id, unresolved, fortune }, view.tasks),
    failing: view.tasks.filter((task) => task.failing === true && task.deployment === id).length,
    mayReplace: !failed,
    rebalance: service.zoneRebalancing && service.status === "ACTIVE" && rollout?.state === "COMPLETED",
    strategy: service.placementStrategy,
    instances: new Map(instances.map((instance) => [instance.id, instance])),
  };
}

function mayStart({ fortune, rollout }: ScheduledDeployment, { now }: HealthRules): boolean {
  return rollout.state !== "FAILED" && fortune.throttledUntil <= now;
}

/** Whether a task may stay where it is: not on an instance that drains. */
export function whoStays({ instances }: ScheduleView): (task: ScheduledTask) => boolean {
  const draining = new Set(instances.filter((one) => one.draining).map(({ id }) => id));
  return ({ instance }) => instance === undefined || !draining.has(instance);
}

export function tellHeld(telling: Telling, id: string, { held }: Moves): void {
  if (held) telling.tellOnce(`held ${id}`, { message: words.held(id) });
  else telling.passed(`held ${id}`);
}

/** Completes what is done, after its bake time, and lets go of deployments whose tasks are gone. */
function conclude(
  { view, rules, telling }: Look,
  rolling: Rolling,
  moved: Moved,
): { readonly rolling: Rolling; readonly bakes?: number } {
  const { service, tasks } = view;
  const used = new Set(tasks.map(({ deployment }) => deployment));
  const others = rolling.others.map((deployment) =>
    deployment.status === "ACTIVE" && !used.has(deployment.id)
      ? { ...deployment, status: "INACTIVE" as const }
      : deployment,
  );
  let next: Rolling = { ...rolling, others };
  const { primary } = next;
  if (primary.rollout.state !== "IN_PROGRESS" || service.status !== "ACTIVE") return { rolling: next };
  if (!moved.stable && !succeedsEarly(view, next, moved)) {
    const { stableSince, ...rollout } = primary.rollout;
    return { rolling: stableSince === undefined ? next : { ...next, primary: { ...primary, rollout } } };
  }
  // A staged deployment has baked in its stages.
  const bakeMs = service.strategy === "ROLLING" ? service.bakeMs : 0;
  const { stableSince = rules.now } = primary.rollout;
  if (rules.now >= stableSince + bakeMs) {
    next = complete(next, rules.now, telling);
    return { rolling: next };
  }
  const rollout = { ...primary.rollout, stableSince };
  return { rolling: { ...next, primary: { ...primary, rollout } }, bakes: stableSince + bakeMs };
}

/** AWS: `earlySuccessCriteria`: a share of the tasks is enough, and the old ones may still be there. */
function succeedsEarly({ service, tasks }: ScheduleView, { primary }: Rolling, moved: Moved): boolean {
  const { earlySuccess, strategy } = service;
  if (earlySuccess === undefined || strategy !== "ROLLING") return false;
  if (moved.healthy < Math.ceil((moved.target * earlySuccess.healthyPercent) / 100)) return false;
  return earlySuccess.cleanup === "DEFERRED" || tasks.every(({ deployment }) => deployment === primary.id);
}
