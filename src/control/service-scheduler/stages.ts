import type { ServiceDeploymentLifecycleStage } from "@aws-sdk/client-ecs";
import type {
  HookDetail,
  ScheduledService,
  ServiceDeploymentProgress,
} from "../../services/ecs/services/schedule.ts";
import { askBack, askTest, isApplied, stepEnds, stepProduction } from "./traffic.ts";

/**
 * AWS: the stages of blue/green, linear and canary deployments (Developer Guide, "Amazon ECS service deployment
 * lifecycle stages"). Without a load balancer no traffic is shifted: those stages have only their hooks.
 */
const stages: readonly ServiceDeploymentLifecycleStage[] = [
  "RECONCILE_SERVICE",
  "PRE_SCALE_UP",
  "SCALE_UP",
  "POST_SCALE_UP",
  "TEST_TRAFFIC_SHIFT",
  "POST_TEST_TRAFFIC_SHIFT",
  "PRODUCTION_TRAFFIC_SHIFT",
  "POST_PRODUCTION_TRAFFIC_SHIFT",
  "BAKE_TIME",
  "CLEAN_UP",
];

/** A hook's stage has one more value than the stages: what it names happens just before the shift. */
const hookStages: Readonly<Record<string, ServiceDeploymentLifecycleStage>> = {
  PRE_PRODUCTION_TRAFFIC_SHIFT: "PRODUCTION_TRAFFIC_SHIFT",
};

/** What the stages wait for. */
export interface StageConditions {
  readonly now: number;
  /** Every task of the new revision is there and healthy. */
  readonly scaledUp: boolean;
  /** Only the new revision and the one that it comes from have tasks. */
  readonly reconciled: boolean;
  /** The revision that it comes from can take the traffic of those that are in the way. */
  readonly canGoBack: boolean;
}

/** Where a staged deployment stands after this look; `rollback` when a hook ran out of time and says so. */
export function advance(
  progress: ServiceDeploymentProgress,
  service: ScheduledService,
  conditions: StageConditions,
): { readonly progress: ServiceDeploymentProgress; readonly rollback: boolean } {
  const { now } = conditions;
  let next = progress;
  for (;;) {
    const stage = next.stage ?? { name: "RECONCILE_SERVICE" as const, since: now };
    next = { ...next, stage, hooks: hooksOf(next, service, stage.name, now) };
    const here = next.hooks.filter((hook) => stageOf(hook.stage) === stage.name);
    if (here.some(({ status, timeoutAction }) => status === "TIMED_OUT" && timeoutAction === "ROLLBACK")) {
      return { progress: next, rollback: true };
    }
    if (here.some(({ status }) => status === "AWAITING_ACTION")) return { progress: next, rollback: false };
    const work = workAt({ ...next, stage }, service, conditions);
    next = work.progress;
    const following = stages[stages.indexOf(stage.name) + 1];
    if (!work.done || following === undefined) return { progress: next, rollback: false };
    next = { ...next, stage: { name: following, since: now } };
  }
}

/** What a stage asks for, and whether it is done. */
function workAt(
  progress: ServiceDeploymentProgress & Required<Pick<ServiceDeploymentProgress, "stage">>,
  service: ScheduledService,
  { now, scaledUp, reconciled, canGoBack }: StageConditions,
): { readonly progress: ServiceDeploymentProgress; readonly done: boolean } {
  const { stage } = progress;
  if (stage.name === "RECONCILE_SERVICE") {
    const shifts = service.shift !== undefined && progress.source !== undefined;
    const next = shifts && canGoBack ? askBack(progress) : progress;
    return { progress: next, done: reconciled && (!shifts || (canGoBack && isApplied(next))) };
  }
  if (stage.name === "TEST_TRAFFIC_SHIFT" && service.shift !== undefined) {
    const next = askTest(progress);
    return { progress: next, done: isApplied(next) };
  }
  if (stage.name === "PRODUCTION_TRAFFIC_SHIFT") return stepProduction(progress, service, { now, scaledUp });
  const done =
    stage.name === "SCALE_UP"
      ? scaledUp
      : stage.name === "BAKE_TIME"
        ? now >= stage.since + service.bakeMs
        : stage.name !== "CLEAN_UP";
  return { progress, done };
}

/** Whether the new revision's tasks are to be there by this stage. */
export function scalesUp({ stage }: ServiceDeploymentProgress): boolean {
  return stages.indexOf(stage?.name ?? "RECONCILE_SERVICE") >= stages.indexOf("SCALE_UP");
}

/** Whether the old revision's tasks are to go. */
export function cleansUp({ stage }: ServiceDeploymentProgress): boolean {
  return stage?.name === "CLEAN_UP";
}

/** Epoch ms when the stage may end though nothing happens. */
export function stageEnds(
  progress: ServiceDeploymentProgress,
  { bakeMs, shift }: ScheduledService,
): readonly (number | undefined)[] {
  const { stage, hooks } = progress;
  const expiries = hooks.filter(({ status }) => status === "AWAITING_ACTION").map((hook) => hook.expiresAt);
  if (stage?.name === "BAKE_TIME") return [...expiries, stage.since + bakeMs];
  if (stage?.name !== "PRODUCTION_TRAFFIC_SHIFT" || shift === undefined) return expiries;
  return [...expiries, stepEnds(progress, shift.bakeMs)];
}

function stageOf(hookStage: string): string {
  return hookStages[hookStage] ?? hookStage;
}

/** The hooks that have been reached, those of this stage among them, with what time has made of them. */
function hooksOf(
  { hooks, id }: ServiceDeploymentProgress,
  service: ScheduledService,
  stage: ServiceDeploymentLifecycleStage,
  now: number,
): readonly HookDetail[] {
  const known = new Set(hooks.map(({ hookId }) => hookId));
  const reached = service.hooks.flatMap(({ stages: at, timeoutMs, timeoutAction }, number) =>
    at
      .filter((name) => stageOf(name) === stage)
      .map(
        (name): HookDetail => ({
          hookId: `${id}-${number}-${name.toLowerCase()}`,
          stage: name,
          status: "AWAITING_ACTION",
          expiresAt: now + timeoutMs,
          timeoutAction,
        }),
      )
      .filter(({ hookId }) => !known.has(hookId)),
  );
  const expired = (hook: HookDetail): boolean => hook.status === "AWAITING_ACTION" && now >= hook.expiresAt;
  if (reached.length === 0 && !hooks.some(expired)) return hooks;
  return [...hooks, ...reached].map((hook) => (expired(hook) ? { ...hook, status: "TIMED_OUT" } : hook));
}
