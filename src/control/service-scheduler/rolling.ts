import type {
  ScheduledDeployment,
  ScheduledTask,
  ScheduleView,
  ServiceDeploymentProgress,
  Start,
  Stop,
} from "../../services/ecs/services/schedule.ts";
import { alarmsChange, alarmsEnded, bakesFor, withAlarms } from "./alarms.ts";
import { boundsOf } from "./bounds.ts";
import { moveDaemon } from "./daemon.ts";
import { type Fleet, type Moves, moveFleet } from "./fleet.ts";
import { afterReplacing } from "./fortune.ts";
import { conditionOf, type HealthRules } from "./health.ts";
import { judge, type Look, tripped, withBreaker, withFortune } from "./judge.ts";
import { batch, mostStarts } from "./pace.ts";
import { complete, fail, givenUp, lostItsTasks, type Rolling } from "./rollout.ts";
import { advance, cleansUp, scalesUp, stageEnds } from "./stages.ts";
import { type Telling, tellUnhealthy, words } from "./tell.ts";
import { askBack, isApplied } from "./traffic.ts";

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
  const judged = judge(look, withAlarms(view, withFortune(look, view.deployments, view.progress)));
  const rolling = advanced(look, judged, live);
  const moved = move(look, rolling, live);
  const { rolling: concluded, bakes } = conclude(look, blamed(look, rolling, moved, live), moved);
  const settled = alarmsEnded(withBreaker(view, concluded));
  const { throttledUntil } = settled.primary.fortune;
  const source = settled.others.find(({ id }) => id === settled.progress?.source);
  return {
    start: moved.start,
    stop: moved.stop,
    rolling: settled,
    desiredCount: moved.target === view.service.desiredCount ? undefined : moved.daemonTarget,
    stable: moved.stable,
    wake: [
      moved.more || tripped(view, settled.primary) ? rules.now : undefined,
      bakes,
      alarmsChange(view, settled, rules.now),
      throttledUntil > rules.now ? throttledUntil : undefined,
      source !== undefined && source.fortune.throttledUntil > rules.now
        ? source.fortune.throttledUntil
        : undefined,
      ...(settled.progress !== undefined && isStaged(view, settled)
        ? stageEnds(settled.progress, view.service)
        : []),
    ],
  };
}

/**
 * A deployment that goes in stages, as far as it can go; rolled back when a hook's time is over and says so, and when
 * its revision has traffic and no healthy task left.
 */
function advanced({ view, rules, telling }: Look, rolling: Rolling, live: readonly ScheduledTask[]): Rolling {
  const { primary, progress } = rolling;
  if (progress === undefined) return rolling;
  const target = targetOf(view);
  const isHealthy = (task: ScheduledTask): boolean => conditionOf(task, rules) === "healthy";
  const own = live.filter(({ deployment }) => deployment === primary.id);
  const healthy = own.filter(isHealthy).length;
  if (!isStaged(view, rolling))
    return goingBack(view, rolling, healthy, live.filter(isHealthy).length - healthy);
  const source = live.filter((task) => task.deployment === progress.source && isHealthy(task)).length;
  const strangers = live.filter(isHealthy).length - healthy - source;
  if ((progress.traffic?.wanted.production ?? 0) > 0 && healthy === 0 && source > 0) {
    return fail(rolling, lostItsTasks(primary.id), rules.now, telling);
  }
  const step = advance(progress, view.service, {
    now: rules.now,
    scaledUp: healthy >= target && own.length === healthy,
    reconciled: view.tasks.every(({ deployment }) => isOfDeployment(deployment, progress)),
    canGoBack: source >= Math.min(target, strangers),
  });
  const next = { ...rolling, progress: step.progress };
  return step.rollback ? fail(next, givenUp(primary.id, true), rules.now, telling) : next;
}

/** Whether a task is of the revision that a service deployment brings, or of the one that it comes from. */
function isOfDeployment(deployment: string, { source, target }: ServiceDeploymentProgress): boolean {
  return deployment === target || deployment === source;
}

/**
 * A rollback gives the traffic back first.
 * INVARIANT: never to fewer healthy tasks than it leaves, unless that is as many as are wanted.
 */
function goingBack(view: ScheduleView, rolling: Rolling, healthy: number, healthyOthers: number): Rolling {
  const { progress } = rolling;
  const able = healthy >= Math.min(targetOf(view), healthyOthers);
  if (!isHandedBack(view, progress) && able && progress !== undefined) {
    return { ...rolling, progress: askBack(progress) };
  }
  return rolling;
}

/** Whether a service deployment that is rolled back has given all traffic back; so has one that never had any. */
function isHandedBack({ service }: ScheduleView, progress: ServiceDeploymentProgress | undefined): boolean {
  if (service.shift === undefined || progress?.rollback === undefined || progress.traffic === undefined)
    return true;
  return (
    progress.traffic.wanted.production === 0 && progress.traffic.wanted.test === 0 && isApplied(progress)
  );
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
  tellUnhealthy(telling, unhealthy, live);
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
    service.strategy !== "ROLLING" &&
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
  const { primary, progress } = rolling;
  const stays = whoStays(view);
  // What still has traffic is left alone, and its tasks take no room.
  const holds = !isHandedBack(view, progress);
  const concerned = (task: ScheduledTask): boolean => !holds || task.deployment === primary.id;
  const tasks = live.filter(concerned);
  const moves = moveFleet(
    {
      ...fleetOf(view, primary, rules),
      current: tasks.filter((task) => task.deployment === primary.id && stays(task)),
      outgoing: tasks.filter((task) => task.deployment !== primary.id || !stays(task)),
      stopping: view.tasks.filter((task) => task.phase === "stopping" && concerned(task)).length,
      target,
    },
    rules,
  );
  if (moves.blocked) telling.tellOnce("blocked", { message: words.blocked });
  else telling.passed("blocked");
  tellHeld(telling, primary.id, moves);
  return { ...summary(primary.id, moves), stable: moves.stable && !holds, target };
}

/**
 * Two revisions side by side, each within its own bounds: the new one is scaled up beside the old one, which goes when
 * the stages are through. Tasks of other revisions go first, once they have no traffic.
 */
function moveStaged(
  { view, rules, telling }: Look,
  { primary, others }: Rolling,
  progress: ServiceDeploymentProgress,
  live: readonly ScheduledTask[],
): Moved {
  const target = targetOf(view);
  const stays = whoStays(view);
  const side = (deployment: ScheduledDeployment, count: number, mayStart = true): Moves => {
    const own = (task: ScheduledTask): boolean =>
      deployment === primary || deployment.id === progress.source
        ? task.deployment === deployment.id
        : !isOfDeployment(task.deployment, progress);
    const fleet = fleetOf(view, deployment, rules);
    return moveFleet(
      {
        ...fleet,
        id: primary.id,
        current: live.filter((task) => own(task) && stays(task)),
        outgoing: live.filter((task) => own(task) && !stays(task)),
        stopping: view.tasks.filter((task) => task.phase === "stopping" && own(task)).length,
        target: count,
        bounds: boundsOf(count, view.service),
        ...(!mayStart && { mayStart }),
      },
      rules,
    );
  };
  const green = side(primary, scalesUp(progress) ? target : 0);
  const source = others.find(({ id }) => id === progress.source);
  const blue = source && side(source, cleansUp(progress) ? 0 : target);
  const stranger = others.find(({ id }) => !isOfDeployment(id, progress));
  const cleared = view.service.shift === undefined || source === undefined || progress.traffic !== undefined;
  const strangers = stranger && cleared && isApplied(progress) ? side(stranger, 0, false) : undefined;
  tellHeld(telling, primary.id, green);
  const start = blue === undefined || source === undefined ? [] : summary(source.id, blue).start;
  const summed = summary(primary.id, green);
  return {
    ...summed,
    start: [...summed.start, ...start],
    stop: [...green.stop, ...(blue?.stop ?? []), ...(strangers?.stop ?? [])],
    stable: green.stable && blue?.stable !== false && cleansUp(progress),
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
  const bakeMs = bakesFor(view, next);
  const { stableSince = rules.now } = primary.rollout;
  if (rules.now >= stableSince + bakeMs) {
    next = complete(next, rules.now, telling);
    return { rolling: next };
  }
  const rollout = { ...primary.rollout, stableSince };
  const baking = { ...next, primary: { ...primary, rollout } };
  return { rolling: baking, ...(Number.isFinite(bakeMs) && { bakes: stableSince + bakeMs }) };
}

/** AWS: `earlySuccessCriteria`: a share of the tasks is enough, and the old ones may still be there. */
function succeedsEarly({ service, tasks }: ScheduleView, { primary }: Rolling, moved: Moved): boolean {
  const { earlySuccess, strategy } = service;
  if (earlySuccess === undefined || strategy !== "ROLLING") return false;
  if (moved.healthy < Math.ceil((moved.target * earlySuccess.healthyPercent) / 100)) return false;
  return earlySuccess.cleanup === "DEFERRED" || tasks.every(({ deployment }) => deployment === primary.id);
}
