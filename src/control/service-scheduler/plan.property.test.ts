import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { second } from "../../kernel/duration.ts";
import type {
  ScheduledInstance,
  ScheduledTask,
  SchedulePlan,
  ScheduleView,
} from "../../services/ecs/services/schedule.ts";
import { boundsOf } from "./bounds.ts";
import { conditionOf } from "./health.ts";
import { plan } from "./plan.ts";
import {
  aDeployment,
  anInstance,
  aService,
  aTask,
  aView,
  completed,
  type Fate,
  healthyAfter,
  Simulation,
} from "./simulation.testing.ts";

const seed = 20_261_122;
const runs = { seed, numRuns: 120 };

/** A day after the epoch: tasks that have run since then are long healthy. */
const began = 86_400_000;

const percents = fc
  .tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 100, max: 300 }))
  .filter(([lower, upper]) => !(lower === 100 && upper === 100));

const instances: fc.Arbitrary<readonly ScheduledInstance[]> = fc
  .array(fc.record({ zone: fc.constantFrom("a", "b", "c"), draining: fc.boolean() }), { maxLength: 5 })
  .map((some) => some.map(({ zone, draining }, index) => anInstance(`${zone}${index}`, { draining })));

const task = (number: number, some: readonly ScheduledInstance[]): fc.Arbitrary<ScheduledTask> =>
  fc
    .record({
      deployment: fc.constantFrom("1", "2", "3"),
      phase: fc.constantFrom(
        "starting" as const,
        "running" as const,
        "running" as const,
        "stopping" as const,
      ),
      age: fc.integer({ min: 0, max: 80 * second }),
      health: fc.constantFrom(
        undefined,
        undefined,
        "HEALTHY" as const,
        "UNHEALTHY" as const,
        "UNKNOWN" as const,
      ),
      protects: fc.integer({ min: 0, max: 5 }),
      place: fc.nat(),
    })
    .map(({ deployment, phase, age, health, protects, place }) => {
      const instance = some.length === 0 ? undefined : some[place % some.length];
      return aTask(`t${String(number).padStart(4, "0")}`, deployment, {
        phase,
        ...(phase === "starting" ? { runningSince: undefined } : { runningSince: began - age }),
        ...(health !== undefined && phase !== "starting" && { health }),
        protectedUntil: protects === 0 ? began + 3600 * second : 0,
        ...(instance !== undefined && {
          instance: instance.id,
          zone: instance.attributes.get("ecs.availability-zone"),
        }),
      });
    });

/** Services in whatever state: deployments, tasks of all conditions, instances that drain. */
const views: fc.Arbitrary<ScheduleView> = fc
  .record({
    desiredCount: fc.integer({ min: 0, max: 12 }),
    percents,
    size: fc.integer({ min: 0, max: 24 }),
    some: instances,
    breaker: fc.boolean(),
    rollback: fc.boolean(),
    rebalance: fc.boolean(),
    draining: fc.integer({ min: 0, max: 9 }),
    primary: fc.constantFrom("IN_PROGRESS" as const, "COMPLETED" as const, "FAILED" as const),
    packs: fc.boolean(),
    unresolved: fc.boolean(),
  })
  .chain(({ size, some, percents: [lower, upper], ...rest }) =>
    fc.tuple(...Array.from({ length: size }, (_, number) => task(number, some))).map((tasks) =>
      aView({
        service: aService({
          desiredCount: rest.draining === 0 ? 0 : rest.desiredCount,
          status: rest.draining === 0 ? "DRAINING" : "ACTIVE",
          minimumHealthyPercent: lower,
          maximumPercent: upper,
          zoneRebalancing: rest.rebalance && upper > 100 && !rest.packs,
          placementStrategy: rest.packs ? [{ type: "binpack", field: "memory" }] : [],
          circuitBreaker: {
            enable: rest.breaker,
            rollback: rest.rollback,
            resetOnHealthyTask: true,
            threshold: { type: "BOUNDED_PERCENT", value: 50 },
          },
        }),
        deployments: [
          aDeployment("3", {
            rollout: { state: rest.primary, reason: "" },
            unresolved: rest.unresolved,
          }),
          completed("2", { status: "ACTIVE" }),
          completed("1", { status: "INACTIVE" }),
        ],
        tasks,
        instances: some,
      }),
    ),
  );

const fates: fc.Arbitrary<readonly Fate[]> = fc.array(
  fc.constantFrom<Fate>("well", "well", "well", "waits", "fails", "sickens"),
  { minLength: 40, maxLength: 40 },
);

const rulesAt = (now: number) => ({ now, healthyAfter, gracePeriodMs: 0 });

const healthyIn = (view: ScheduleView, now: number): readonly ScheduledTask[] =>
  view.tasks.filter((one) => conditionOf(one, rulesAt(now)) === "healthy");

const boundsFor = ({ service }: ScheduleView) =>
  boundsOf(service.status === "ACTIVE" ? service.desiredCount : 0, service);

/** The laws that hold for every plan. */
function obeysLaws(view: ScheduleView, planned: SchedulePlan, now: number): void {
  const { lower, upper } = boundsFor(view);
  const started = planned.start.reduce((sum, { count }) => sum + count, 0);
  const stopped = new Map(planned.stop.map((one) => [one.task, one]));
  expect(stopped.size).toBe(planned.stop.length);

  // Never above the maximum: what starts finds room beside all that is there, stopping tasks included.
  if (started > 0) expect(view.tasks.length + started).toBeLessThanOrEqual(upper);

  // Never below the minimum while healthy capacity exists.
  const healthy = healthyIn(view, now);
  const left = healthy.filter(({ id }) => !stopped.has(id)).length;
  expect(left).toBeGreaterThanOrEqual(Math.min(healthy.length, lower));

  // A deployment that has failed starts no more tasks, and none that is not PRIMARY does.
  const after = new Map([...view.deployments, ...planned.deployments].map((one) => [one.id, one]));
  for (const { deployment } of planned.start) {
    expect(after.get(deployment)).toMatchObject({ status: "PRIMARY" });
    expect(after.get(deployment)?.rollout.state).not.toBe("FAILED");
  }

  // As long as the tags of its images are unresolved, a deployment has one task at most.
  const [primary] = view.deployments;
  const { reachedRunning = true, failedTasks = 0 } = after.get(primary?.id ?? "")?.fortune ?? {};
  if (started > 0 && primary?.unresolved === true && !reachedRunning && failedTasks < 3) {
    expect(started).toBe(1);
    expect(view.tasks.filter(({ deployment }) => deployment === primary.id)).toEqual([]);
  }

  // Only what runs, or is about to, is stopped; what is protected only for its health.
  const tasks = new Map(view.tasks.map((one) => [one.id, one]));
  for (const { task, cause } of planned.stop) {
    expect(tasks.get(task)?.phase).toMatch(/^(starting|running)$/);
    if (cause === "scaling") expect(tasks.get(task)?.protectedUntil).toBeLessThanOrEqual(now);
  }

  // Nothing is started and stopped for ever: a plan wakes itself only later, or with something done.
  if (planned.wakeAt !== undefined && planned.wakeAt <= now) {
    expect(started + planned.stop.length + planned.deployments.length).toBeGreaterThan(0);
  }
}

describe("every plan", () => {
  test("keeps the bounds, whatever the service is like", () => {
    fc.assert(
      fc.property(views, (view) => obeysLaws(view, plan(view, began, healthyAfter), began)),
      { ...runs, numRuns: 600 },
    );
  });

  test("is the same for the same view and time", () => {
    fc.assert(
      fc.property(views, (view) => {
        expect(plan(view, began, healthyAfter)).toEqual(plan(view, began, healthyAfter));
      }),
      runs,
    );
  });

  test("keeps the bounds all along, while tasks fail, sicken and wait", () => {
    fc.assert(
      fc.property(views, fates, (view, fate) => {
        const world = new Simulation(view, began);
        for (const [step, one] of fate.entries()) {
          const { view: seen, now } = world;
          obeysLaws(seen, world.step(), now);
          let number = step;
          world.live(7 * second, () => fate[number++ % fate.length] ?? one);
        }
      }),
      runs,
    );
  });
});

describe("a service whose tasks do well from now on", () => {
  const calm = views.map((view) => ({
    ...view,
    tasks: view.tasks.map(({ health: _health, ...one }) => ({ ...one, protectedUntil: 0 })),
    instances: view.instances.map((one) => ({ ...one, draining: false })),
    deployments: view.deployments.map((one) => (one.status === "PRIMARY" ? aDeployment("3") : one)),
  }));

  /** AWS says so itself: with such percentages a deployment cannot go on. */
  const able = (view: ScheduleView): boolean => {
    const { lower, upper } = boundsFor(view);
    return lower < upper || view.service.desiredCount === 0;
  };

  test("comes to exactly the wanted tasks of its PRIMARY deployment, and then has nothing to do", () => {
    fc.assert(
      fc.property(calm.filter(able), (view) => {
        const world = new Simulation(view, began);
        expect(world.settle()).toBe(true);
        const { service, tasks, deployments } = world.view;
        const wanted = service.status === "ACTIVE" ? service.desiredCount : 0;
        expect(tasks.map(({ phase }) => phase)).toEqual(Array.from({ length: wanted }, () => "running"));
        expect(new Set(tasks.map(({ deployment }) => deployment)).size).toBeLessThanOrEqual(1);
        if (service.status === "ACTIVE") {
          expect(deployments[0]?.rollout.state).toBe("COMPLETED");
          expect(deployments.filter(({ status }) => status !== "INACTIVE")).toHaveLength(1);
        } else expect(service.status).toBe("INACTIVE");
        const again = plan(world.view, world.now, healthyAfter);
        expect(again).toMatchObject({ start: [], stop: [], deployments: [], notices: [] });
        expect(again.state).toEqual(world.view.state);
      }),
      { ...runs, numRuns: 250 },
    );
  });
});

describe("a deployment that fails", () => {
  const failing = views.map((view): ScheduleView => {
    const threshold = { type: "COUNT", value: 2 } as const;
    const circuitBreaker = { enable: true, rollback: true, resetOnHealthyTask: true, threshold };
    return {
      ...view,
      service: { ...view.service, status: "ACTIVE", desiredCount: 3, circuitBreaker },
      deployments: view.deployments.map((one) => (one.status === "PRIMARY" ? aDeployment("3") : one)),
      progress: {
        id: "deployment",
        status: "IN_PROGRESS",
        target: "ecs-svc/3",
        source: "ecs-svc/2",
        hooks: [],
        breaker: { status: "MONITORING", failureCount: 0, threshold: 2 },
      },
    };
  });

  test("is rolled back once at most, to what completed last; a rollback that fails starts no other", () => {
    fc.assert(
      fc.property(failing, fates, (view, fate) => {
        const world = new Simulation(view, began);
        const primaries: string[] = [];
        for (const step of fate.keys()) {
          world.step();
          const primary = world.view.deployments[0]?.id ?? "";
          if (primaries.at(-1) !== primary) primaries.push(primary);
          let number = step;
          world.live(20 * second, (one) => {
            const drawn = fate[number++ % fate.length] ?? "fails";
            return one.phase === "starting" && drawn !== "waits" ? "fails" : drawn;
          });
        }
        expect(["ecs-svc/3", "ecs-svc/3 ecs-svc/2"]).toContain(primaries.join(" "));
        if (world.view.deployments[0]?.rollout.state === "FAILED" && primaries.length === 2) {
          expect(world.view.progress?.status).toBe("ROLLBACK_FAILED");
        }
      }),
      runs,
    );
  });
});

describe("instances that drain", () => {
  const drained = views
    .map((view) => ({
      ...view,
      service: { ...view.service, status: "ACTIVE" as const, minimumHealthyPercent: 50, maximumPercent: 200 },
      tasks: view.tasks.map(({ health: _health, ...one }) => ({ ...one, protectedUntil: 0 })),
      deployments: view.deployments.map((one) => (one.status === "PRIMARY" ? aDeployment("3") : one)),
    }))
    .filter((view) => view.instances.some(({ draining }) => !draining));

  test("are left by all tasks of a service, which stays within its bounds meanwhile", () => {
    fc.assert(
      fc.property(drained, (view) => {
        const world = new Simulation(view, began);
        for (let step = 0; step < 60; step++) {
          const { view: seen, now } = world;
          obeysLaws(seen, world.step(), now);
          world.live(60 * second, () => "well");
        }
        const leaving = new Set(view.instances.filter(({ draining }) => draining).map(({ id }) => id));
        expect(world.view.tasks.filter(({ instance = "" }) => leaving.has(instance))).toEqual([]);
        expect(world.view.tasks).toHaveLength(view.service.desiredCount);
      }),
      runs,
    );
  });
});

describe("a daemon", () => {
  test("comes to one task on each instance that may have it, and never has two beside each other", () => {
    const daemons = fc.tuple(instances, fates).map(([some, fate]) => ({
      fate,
      view: aView({
        service: aService({
          schedulingStrategy: "DAEMON",
          desiredCount: 0,
          minimumHealthyPercent: 0,
          maximumPercent: 100,
        }),
        deployments: [aDeployment("2"), completed("1", { status: "ACTIVE" })],
        tasks: some.slice(1).map(({ id }) => aTask(`old-${id}`, "1", { instance: id })),
        instances: some,
      }),
    }));
    fc.assert(
      fc.property(daemons, ({ view, fate }) => {
        const world = new Simulation(view, began);
        const crowded = (): boolean => {
          const places = world.view.tasks.map(({ instance }) => instance);
          return new Set(places).size < places.length;
        };
        for (const step of fate.keys()) {
          world.step();
          expect(crowded()).toBe(false);
          let number = step;
          world.live(7 * second, () => fate[number++ % fate.length] ?? "well");
        }
        world.view = { ...world.view, tasks: world.view.tasks.map(({ health: _health, ...one }) => one) };
        expect(world.settle()).toBe(true);
        const wanted = view.instances.filter(({ draining }) => !draining).map(({ id }) => id);
        expect(world.view.tasks.map(({ instance }) => instance).sort()).toEqual([...wanted].sort());
        expect(world.view.service.desiredCount).toBe(wanted.length);
      }),
      runs,
    );
  });
});
