import { minute, second } from "../../kernel/duration.ts";
import {
  type EndedTask,
  freshFortune,
  freshState,
  type ScheduledDeployment,
  type ScheduledInstance,
  type ScheduledService,
  type ScheduledTask,
  type SchedulePlan,
  type ScheduleView,
  type Traffic,
} from "../../services/ecs/services/schedule.ts";
import { plan } from "./plan.ts";

/** How long tasks without health checks run before they count as healthy, in the tests of the planner. */
export const healthyAfter = 40 * second;

/** A service of three replicas with AWS's defaults. */
export function aService(more: Partial<ScheduledService> = {}): ScheduledService {
  return {
    status: "ACTIVE",
    schedulingStrategy: "REPLICA",
    controller: "ECS",
    desiredCount: 3,
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    strategy: "ROLLING",
    bakeMs: 0,
    hooks: [],
    circuitBreaker: {
      enable: false,
      rollback: false,
      resetOnHealthyTask: true,
      threshold: { type: "BOUNDED_PERCENT", value: 50 },
    },
    gracePeriodMs: 0,
    zoneRebalancing: false,
    placementStrategy: [],
    ...more,
  };
}

/** A deployment that has begun, PRIMARY. */
export function aDeployment(id: string, more: Partial<ScheduledDeployment> = {}): ScheduledDeployment {
  return {
    id: `ecs-svc/${id}`,
    status: "PRIMARY",
    fortune: freshFortune,
    rollout: { state: "IN_PROGRESS", reason: `ECS deployment ecs-svc/${id} in progress.` },
    unresolved: false,
    ...more,
  };
}

/** A deployment that has completed. */
export function completed(id: string, more: Partial<ScheduledDeployment> = {}): ScheduledDeployment {
  const rollout = {
    state: "COMPLETED",
    reason: `ECS deployment ecs-svc/${id} completed.`,
    completedAt: 1,
  } as const;
  return aDeployment(id, { rollout, ...more });
}

/** A task that has run for a day. */
export function aTask(id: string, deployment: string, more: Partial<ScheduledTask> = {}): ScheduledTask {
  return {
    id,
    deployment: `ecs-svc/${deployment}`,
    phase: "running",
    runningSince: 0,
    protectedUntil: 0,
    ...more,
  };
}

export function anInstance(id: string, more: Partial<ScheduledInstance> = {}): ScheduledInstance {
  return {
    id,
    draining: false,
    eligible: true,
    attributes: new Map([["ecs.availability-zone", `zone-${id[0]}`]]),
    remaining: { cpu: 1024, memory: 1024 },
    ...more,
  };
}

export function aView(more: Partial<ScheduleView> = {}): ScheduleView {
  return {
    version: 1,
    service: aService(),
    deployments: [aDeployment("1")],
    taskSets: [],
    tasks: [],
    ended: [],
    instances: [],
    state: freshState,
    ...more,
  };
}

/** What becomes of a task's next step. */
export type Fate = "well" | "fails" | "waits" | "sickens";

/**
 * A service in a world of its own: plans are carried out, and tasks come on as fate has it. Nothing of it is a mock of
 * the planner: it is what the planner's plans do to a service.
 */
export class Simulation {
  view: ScheduleView;
  now: number;
  #number = 0;

  constructor(view: ScheduleView, now = 86_400_000) {
    this.view = view;
    this.now = now;
  }

  /** Plans and carries the plan out. */
  step(): SchedulePlan {
    const planned = plan(this.view, this.now, healthyAfter);
    this.apply(planned);
    return planned;
  }

  apply(planned: SchedulePlan): void {
    const { view } = this;
    const stopped = new Set(planned.stop.map(({ task }) => task));
    const started = planned.start.flatMap(({ deployment, count, instances }) =>
      Array.from(
        { length: count },
        (_, index): ScheduledTask => ({
          id: `n${String(this.#number++).padStart(6, "0")}`,
          deployment,
          phase: "starting",
          protectedUntil: 0,
          ...(instances === undefined
            ? this.#place()
            : { instance: instances[index], zone: zoneOf(view, instances[index]) }),
        }),
      ),
    );
    const changed = new Map(planned.deployments.map((one) => [one.id, one]));
    const deployments = view.deployments.map((one) => changed.get(one.id) ?? one);
    const sets = new Map(planned.taskSets.map((one) => [one.id, one]));
    this.view = {
      ...view,
      version: view.version + 1,
      service: {
        ...view.service,
        status: planned.status ?? view.service.status,
        desiredCount: planned.desiredCount ?? view.service.desiredCount,
      },
      deployments: [
        ...deployments.filter(({ status }) => status === "PRIMARY"),
        ...deployments.filter(({ status }) => status !== "PRIMARY"),
      ],
      taskSets: view.taskSets
        .filter(({ id }) => !planned.goneTaskSets.includes(id))
        .map((one) => sets.get(one.id) ?? one),
      ...(planned.progress !== undefined && { progress: planned.progress }),
      tasks: [
        ...view.tasks.map((task) => (stopped.has(task.id) ? { ...task, phase: "stopping" as const } : task)),
        ...started,
      ],
      state: planned.state,
    };
  }

  /** On the instance with the fewest tasks, where there are any. */
  #place(): Pick<ScheduledTask, "instance" | "zone"> {
    const able = this.view.instances.filter((one) => one.eligible && !one.draining);
    const load = ({ id }: ScheduledInstance): number =>
      this.view.tasks.filter(({ instance }) => instance === id).length;
    const zoneLoad = (one: ScheduledInstance): number =>
      this.view.tasks.filter(({ zone }) => zone === zoneOf(this.view, one.id)).length;
    const [best] = [...able].sort((a, b) => zoneLoad(a) - zoneLoad(b) || load(a) - load(b));
    return best === undefined ? {} : { instance: best.id, zone: zoneOf(this.view, best.id) };
  }

  /** What the listeners do, where something shifts traffic; undefined before anybody told them. */
  listeners: Traffic | undefined;

  /** Has the listeners do what is wanted. @param remembered false for a crash just after they were told. */
  shift(remembered = true): void {
    const { progress } = this.view;
    const { wanted } = progress?.traffic ?? {};
    if (progress === undefined || wanted === undefined) return;
    this.listeners = wanted;
    if (!remembered) return;
    const traffic = { wanted, applied: wanted, appliedAt: this.now };
    this.view = { ...this.view, progress: { ...progress, traffic } };
  }

  /** Time passes, and each task takes its next step. */
  live(ms: number, fateOf: (task: ScheduledTask) => Fate): void {
    this.now += ms;
    const tasks: ScheduledTask[] = [];
    const ended: EndedTask[] = [];
    for (const task of this.view.tasks) {
      const fate = fateOf(task);
      const end = (byItself: boolean): void => {
        const { id, deployment, runningSince } = task;
        const ran = runningSince !== undefined && { ranFor: this.now - runningSince };
        ended.push({ id, deployment, stoppedAt: this.now, ...ran, byItself, reason: "Gone." });
      };
      if (fate === "waits") tasks.push(task);
      else if (task.phase === "stopping") end(false);
      else if (fate === "fails") end(true);
      else if (task.phase === "starting") {
        tasks.push({ ...task, phase: "running", runningSince: this.now, ...health(fate) });
      } else tasks.push(fate === "sickens" ? { ...task, health: "UNHEALTHY" } : task);
    }
    const { countedUntil } = this.view.state;
    const known = this.view.ended.filter(({ stoppedAt }) => stoppedAt >= countedUntil - minute);
    this.view = { ...this.view, tasks, ended: [...known, ...ended] };
  }

  /** Goes on, with every task well, until nothing is to be done. @returns false when that does not come. */
  settle(steps = 200): boolean {
    for (let step = 0; step < steps; step++) {
      const planned = this.step();
      const idle = planned.start.length + planned.stop.length === 0;
      const { wanted, applied } = this.view.progress?.traffic ?? {};
      const shifting = wanted !== applied;
      if (shifting) this.shift();
      const moving = shifting || this.view.tasks.some(({ phase }) => phase !== "running");
      const soon = planned.wakeAt !== undefined && planned.wakeAt <= this.now + minute;
      if (idle && !moving && !soon && planned.notices.length === 0 && planned.deployments.length === 0)
        return true;
      this.live(planned.wakeAt === this.now ? 0 : minute, () => "well");
    }
    return false;
  }
}

function health(fate: Fate): Pick<ScheduledTask, "health"> {
  return fate === "sickens" ? { health: "UNHEALTHY" } : {};
}

function zoneOf({ instances }: ScheduleView, id: string | undefined): string | undefined {
  return instances.find((one) => one.id === id)?.attributes.get("ecs.availability-zone");
}
