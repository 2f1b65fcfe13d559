import type {
  ScheduledService,
  ServiceDeploymentProgress,
  Traffic,
} from "../../services/ecs/services/schedule.ts";

/** All of it to where the deployment comes from. */
const none: Traffic = { production: 0, test: 0 };

/** Asks for a distribution of traffic: the loop has the listeners do it, and says when it is done. */
function ask(progress: ServiceDeploymentProgress, wanted: Traffic): ServiceDeploymentProgress {
  const before = progress.traffic;
  if (before !== undefined && isSame(before.wanted, wanted)) return progress;
  return { ...progress, traffic: { ...before, wanted } };
}

/** All traffic to the revision that the deployment comes from. */
export const askBack = (progress: ServiceDeploymentProgress): ServiceDeploymentProgress =>
  ask(progress, none);

/** Whether the listeners do what was asked last; so they do when nothing was asked. */
export function isApplied({ traffic }: ServiceDeploymentProgress): boolean {
  return traffic === undefined || (traffic.applied !== undefined && isSame(traffic.applied, traffic.wanted));
}

/** Asks for all test traffic. */
export function askTest(progress: ServiceDeploymentProgress): ServiceDeploymentProgress {
  return ask(progress, { ...(progress.traffic?.wanted ?? none), test: 100 });
}

/**
 * Asks for the next step of production traffic, once the one before has been watched.
 * @returns the progress, and whether the new revision has all of it.
 */
export function stepProduction(
  progress: ServiceDeploymentProgress,
  { shift }: ScheduledService,
  { now, scaledUp }: { readonly now: number; readonly scaledUp: boolean },
): { readonly progress: ServiceDeploymentProgress; readonly done: boolean } {
  if (shift === undefined) return { progress, done: true };
  const { production, test } = progress.traffic?.wanted ?? none;
  const baked = production === 0 || (stepEnds(progress, shift.bakeMs) ?? Number.POSITIVE_INFINITY) <= now;
  if (!isApplied(progress)) return { progress, done: false };
  if (production >= 100) return { progress, done: true };
  // INVARIANT: more traffic only for a revision all of whose tasks are healthy.
  if (!baked || !scaledUp) return { progress, done: false };
  // The first revision of a service has nothing beside it.
  const next = progress.source === undefined ? 100 : (shift.percents.find((one) => one > production) ?? 100);
  return { progress: ask(progress, { production: next, test }), done: false };
}

/** Epoch ms when the step that is applied has been watched long enough. */
export function stepEnds(progress: ServiceDeploymentProgress, bakeMs: number): number | undefined {
  const { appliedAt, wanted } = progress.traffic ?? {};
  if (appliedAt === undefined || wanted === undefined || !isApplied(progress)) return undefined;
  return wanted.production > 0 && wanted.production < 100 ? appliedAt + bakeMs : undefined;
}

function isSame(a: Traffic, b: Traffic): boolean {
  return a.production === b.production && a.test === b.test;
}
