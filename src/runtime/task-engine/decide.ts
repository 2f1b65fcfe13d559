import type { ContainerCondition } from "@aws-sdk/client-ecs";
import { type ContainerProgress, isStopping, type TaskProgress } from "./progress.ts";

/** What is to be done now. Each begins work whose outcome is an event. */
export type Action =
  | { readonly kind: "prepare" }
  | { readonly kind: "pull" | "create" | "start" | "stop"; readonly container: string }
  | {
      readonly kind: "give-up";
      readonly container: string;
      readonly reason?: string;
      readonly exitCode?: number;
    }
  /** Deliver what is left of its output. */
  | { readonly kind: "flush"; readonly container: string };

export interface Decision {
  readonly actions: readonly Action[];
  /** When to decide again though nothing happened; epoch ms. */
  readonly wakeAt?: number;
}

/**
 * What a task needs next: everything that can be done now, at once. Pure. Work under way (`-ing` phases) is left alone,
 * so deciding twice begins nothing twice.
 */
export function decide(task: TaskProgress, now: number): Decision {
  const flushes = task.containers
    .filter((container) => container.phase === "stopped" && !container.flushed)
    .map((container): Action => ({ kind: "flush", container: nameOf(container) }));
  const { actions, wakeAt } = isStopping(task) ? { actions: winding(task) } : starting(task, now);
  return { actions: [...actions, ...flushes], wakeAt };
}

const nameOf = (container: ContainerProgress): string => container.spec.definition.name;

/** AWS: a container whose dependency failed is told to have got SIGTERM, though it never ran. */
const terminated = 143;

function starting(task: TaskProgress, now: number): Decision {
  const { preparation } = task;
  const actions: Action[] = preparation === "none" ? [{ kind: "prepare" }] : [];
  const made = preparation === "made" || preparation === "done";
  let wakeAt: number | undefined;
  for (const container of task.containers) {
    const name = nameOf(container);
    if (container.phase === "waiting") actions.push({ kind: "pull", container: name });
    if (container.phase === "pulled" && made && sourcesExist(task, container)) {
      actions.push({ kind: "create", container: name });
    }
    if (container.phase !== "created" || preparation !== "done") continue;
    const verdict = dependencies(task, container, now);
    if (verdict.kind === "ready") actions.push({ kind: "start", container: name });
    else if (verdict.kind === "impossible") {
      actions.push({ kind: "give-up", container: name, reason: verdict.reason, exitCode: terminated });
    } else if (verdict.until !== undefined) wakeAt = Math.min(wakeAt ?? verdict.until, verdict.until);
  }
  return { actions, wakeAt };
}

/** Stops what runs, what depends on others first; the rest will not run. */
function winding(task: TaskProgress): Action[] {
  return task.containers.flatMap((container): Action[] => {
    const name = nameOf(container);
    switch (container.phase) {
      case "waiting":
      case "pulling":
      case "pulled":
        return [{ kind: "give-up", container: name }];
      case "created":
        return container.startedAt === undefined
          ? [{ kind: "give-up", container: name }]
          : [{ kind: "give-up", container: name, exitCode: container.seen?.exitCode }];
      case "running":
        return task.containers.some((other) => isUp(other) && dependsOn(other, name))
          ? []
          : [{ kind: "stop", container: name }];
      default:
        return [];
    }
  });
}

const isUp = ({ phase }: ContainerProgress): boolean =>
  phase === "starting" || phase === "running" || phase === "stopping";

/** A condition on another container. `CREATE` is what `volumesFrom` implies. */
interface Dependency {
  readonly on: string;
  readonly condition: ContainerCondition | "CREATE";
}

/** Stated and implied dependencies: a link needs the other to run, its volumes that it exists. */
function dependenciesOf({ spec: { definition } }: ContainerProgress): Dependency[] {
  return [
    ...(definition.dependsOn ?? []).map(({ containerName, condition }) => ({
      on: containerName ?? "",
      condition: condition ?? "START",
    })),
    ...(definition.links ?? []).map((link) => ({
      on: link.split(":")[0] ?? "",
      condition: "START" as const,
    })),
    ...(definition.volumesFrom ?? []).map(({ sourceContainer }) => ({
      on: sourceContainer ?? "",
      condition: "CREATE" as const,
    })),
  ];
}

const dependsOn = (container: ContainerProgress, name: string): boolean =>
  dependenciesOf(container).some(({ on }) => on === name);

/** The engine takes another container's volumes, and links to it, only when it exists. */
function sourcesExist(task: TaskProgress, { spec: { definition } }: ContainerProgress): boolean {
  const sources = [
    ...(definition.volumesFrom ?? []).map(({ sourceContainer }) => sourceContainer),
    ...(definition.links ?? []).map((link) => link.split(":")[0]),
  ];
  return task.containers
    .filter((other) => sources.includes(nameOf(other)))
    .every((other) => other.seen !== undefined);
}

type Verdict =
  | { readonly kind: "ready" }
  | { readonly kind: "waiting"; readonly until?: number }
  | { readonly kind: "impossible"; readonly reason: string };

const ready: Verdict = { kind: "ready" };

function dependencies(task: TaskProgress, target: ContainerProgress, now: number): Verdict {
  // A restart does not wait again for what it once depended on.
  if (target.startedAt !== undefined) return ready;
  const verdicts = dependenciesOf(target).map((dependency) => verdictOn(task, target, dependency, now));
  const impossible = verdicts.find(({ kind }) => kind === "impossible");
  if (impossible !== undefined) return impossible;
  const waits = verdicts.filter((verdict) => verdict.kind === "waiting");
  if (waits.length === 0) return ready;
  const times = waits.flatMap(({ until }) => until ?? []);
  return { kind: "waiting", until: times.length === 0 ? undefined : Math.min(...times) };
}

function verdictOn(task: TaskProgress, target: ContainerProgress, wanted: Dependency, now: number): Verdict {
  const other = task.containers.find((container) => nameOf(container) === wanted.on);
  if (other === undefined)
    return { kind: "impossible", reason: ordering(undefined, target, " does not exist.") };
  if (isMet(other, wanted.condition)) return ready;
  if (other.phase === "stopped") {
    const why = wanted.condition === "SUCCESS" ? " as dependency did not exit successfully." : "";
    return {
      kind: "impossible",
      reason: `${startError}dependency graph: failed to resolve container ordering dependency [${told(other)}] for target [${told(target)}]${why}`,
    };
  }
  const limit = other.spec.definition.startTimeout;
  if (limit === undefined || other.startedAt === undefined) return { kind: "waiting" };
  const until = other.startedAt + limit * 1000;
  if (now < until) return { kind: "waiting", until };
  return { kind: "impossible", reason: ordering(other, target, " has timed out.") };
}

function isMet(other: ContainerProgress, condition: Dependency["condition"]): boolean {
  switch (condition) {
    case "CREATE":
      return other.seen !== undefined;
    case "START":
      return other.startedAt !== undefined;
    case "COMPLETE":
      return other.phase === "stopped" && other.startedAt !== undefined;
    case "SUCCESS":
      return other.phase === "stopped" && other.startedAt !== undefined && other.exitCode === 0;
    case "HEALTHY":
      return other.phase === "running" && other.seen?.health?.status === "healthy";
  }
  return false;
}

/** AWS: the agent's words for what cannot be ordered (amazon-ecs-agent, dependency graph). */
const startError = "CannotStartContainerError: ";

const ordering = (other: ContainerProgress | undefined, target: ContainerProgress, what: string): string =>
  `${startError}dependency graph: container ordering dependency [${other === undefined ? "" : told(other)}] for target [${told(target)}]${what}`;

/** A container as the agent names it in these texts. */
function told({ spec: { definition }, phase, startedAt, exitCode }: ContainerProgress): string {
  const known = phase === "stopped" ? "STOPPED" : startedAt === undefined ? "CREATED" : "RUNNING";
  const exit = exitCode === undefined ? "" : ` - Exit: ${exitCode}`;
  return `${definition.name}(${definition.image}) (${known}->RUNNING)${exit}`;
}
