import { describe, expect, test } from "vitest";
import { hour, minute, second } from "../../kernel/duration.ts";
import {
  type CircuitBreaker,
  freshFortune,
  type ScheduledTask,
} from "../../services/ecs/services/schedule.ts";
import { boundsOf } from "./bounds.ts";
import { thresholdOf } from "./fortune.ts";
import { conditionOf } from "./health.ts";
import { plan } from "./plan.ts";
import { keepingOrder } from "./scale-in.ts";
import {
  aDeployment,
  anInstance,
  aService,
  aTask,
  aView,
  completed,
  healthyAfter,
  Simulation,
} from "./simulation.testing.ts";

const now = 24 * hour;
const decide = (view: Parameters<typeof plan>[0], at = now) => plan(view, at, healthyAfter);

const tasks = (count: number, deployment: string, more: Partial<ScheduledTask> = {}): ScheduledTask[] =>
  Array.from({ length: count }, (_, index) => aTask(`${deployment}-${index}`, deployment, more));

const breaker = (more: Partial<CircuitBreaker> = {}): CircuitBreaker => ({
  enable: true,
  rollback: true,
  resetOnHealthyTask: true,
  threshold: { type: "BOUNDED_PERCENT", value: 50 },
  ...more,
});

describe("bounds (Developer Guide, rolling updates)", () => {
  test.each([
    [4, 50, 200, 2, 8],
    [2, 75, 200, 2, 4],
    [3, 100, 125, 3, 3],
    [1, 100, 150, 1, 1],
    [0, 100, 200, 0, 0],
    [10, 33, 115, 4, 11],
  ])("%i tasks at %i to %i %%", (desired, minimumHealthyPercent, maximumPercent, lower, upper) => {
    expect(boundsOf(desired, { minimumHealthyPercent, maximumPercent })).toEqual({ lower, upper });
  });
});

test("a task that failed to start is replaced when it is gone and has been counted", () => {
  const failing = { phase: "stopping", failing: true, runningSince: undefined } as const;
  const view = aView({ tasks: [...tasks(1, "1"), aTask("x", "1", failing), aTask("y", "1", failing)] });
  expect(decide(view).start).toEqual([]);
  const ended = ["x", "y"].map((id) => ({ id, deployment: "ecs-svc/1", stoppedAt: now, byItself: true }));
  const gone = decide({ ...view, tasks: tasks(1, "1"), ended });
  expect(gone).toMatchObject({ start: [], wakeAt: now + second });
  const later = { ...view, tasks: tasks(1, "1"), deployments: gone.deployments, state: gone.state };
  expect(decide(later, now + second).start).toEqual([{ deployment: "ecs-svc/1", count: 2 }]);
});

describe("a deployment whose images are unresolved (Developer Guide, container image resolution)", () => {
  const fortune = { ...freshFortune, failedTasks: 3, failures: 3 };
  const starts = (deployment: Parameters<typeof aDeployment>[1], some: ScheduledTask[] = []): number => {
    const service = aService({ circuitBreaker: breaker({ enable: false }) });
    const view = aView({ service, tasks: some, deployments: [aDeployment("1", deployment)] });
    return decide(view).start.reduce((sum, { count }) => sum + count, 0);
  };

  test.each([
    ["starts one task", {}, [], 1],
    ["waits for it", {}, [aTask("a", "1", { phase: "starting", runningSince: undefined })], 0],
    [
      "waits until a failed one is gone",
      {},
      [aTask("a", "1", { phase: "stopping", runningSince: undefined })],
      0,
    ],
    ["starts the others when it runs", {}, [aTask("a", "1")], 2],
    ["goes on after three attempts", { fortune }, [], 3],
  ] as const)("%s", (_what, more, some, count) => {
    expect(starts({ ...more, unresolved: true }, [...some])).toBe(count);
  });

  test("is given up by the circuit breaker after three attempts, whatever it bears else", () => {
    const circuitBreaker = breaker({ threshold: { type: "COUNT", value: 100 } });
    const deployments = [aDeployment("1", { fortune, unresolved: true })];
    const planned = decide(aView({ service: aService({ circuitBreaker }), deployments }));
    expect(planned.deployments[0]?.rollout.state).toBe("FAILED");
    const resolved = decide(
      aView({ service: aService({ circuitBreaker }), deployments: [aDeployment("1", { fortune })] }),
    );
    expect(resolved.deployments).toEqual([]);
  });
});

describe("the first step of a rolling update", () => {
  test.each([
    ["starts all beside the old ones", 4, 100, 200, 4, 0],
    ["stops half, and starts as many as there is room for", 4, 50, 100, 0, 2],
    ["stops and starts at once", 4, 50, 150, 2, 2],
    ["does nothing where the bounds leave no room", 3, 100, 125, 0, 0],
    ["stops all when none need be healthy", 3, 0, 100, 0, 3],
  ])("%s", (_what, desiredCount, minimumHealthyPercent, maximumPercent, starts, stops) => {
    const service = aService({ desiredCount, minimumHealthyPercent, maximumPercent });
    const deployments = [aDeployment("2"), completed("1", { status: "ACTIVE" })];
    const planned = decide(aView({ service, deployments, tasks: tasks(desiredCount, "1") }));
    expect(planned.start.reduce((sum, { count }) => sum + count, 0)).toBe(starts);
    expect(planned.stop).toHaveLength(stops);
    const blocked = starts + stops === 0;
    const said = planned.notices.filter(({ message }) => message?.startsWith(" was unable to stop or start"));
    expect(said).toHaveLength(blocked ? 1 : 0);
  });

  test("waits for the new tasks to be healthy: 40 seconds, or their health checks", () => {
    const service = aService({ desiredCount: 1 });
    const deployments = [aDeployment("2"), completed("1", { status: "ACTIVE" })];
    const view = (more: Partial<ScheduledTask>) =>
      aView({ service, deployments, tasks: [aTask("old", "1"), aTask("new", "2", more)] });
    expect(decide(view({ runningSince: now - 39 * second }))).toMatchObject({
      stop: [],
      wakeAt: now + second,
    });
    expect(decide(view({ runningSince: now - 40 * second })).stop).toMatchObject([{ task: "old" }]);
    expect(decide(view({ health: "UNKNOWN" })).stop).toEqual([]);
    expect(decide(view({ runningSince: now, health: "HEALTHY" })).stop).toMatchObject([{ task: "old" }]);
  });

  test("leaves protected tasks, and takes them when their time is over", () => {
    const view = aView({
      service: aService({ desiredCount: 1 }),
      deployments: [aDeployment("2"), completed("1", { status: "ACTIVE" })],
      tasks: [aTask("old", "1", { protectedUntil: now + hour }), aTask("new", "2")],
    });
    expect(decide(view)).toMatchObject({ stop: [], wakeAt: now + hour });
    expect(decide(view, now + hour).stop).toMatchObject([{ task: "old", cause: "scaling", by: "ecs-svc/2" }]);
  });
});

describe("a deployment that fails to start", () => {
  const failing = (failures: number, more: Partial<CircuitBreaker> = {}) =>
    aView({
      service: aService({ desiredCount: 1, circuitBreaker: breaker(more) }),
      deployments: [
        aDeployment("2", { fortune: { ...freshFortune, failures, failedTasks: failures } }),
        completed("1", { status: "ACTIVE" }),
      ],
      tasks: tasks(1, "1"),
    });

  test("is rolled back to what completed last when the threshold is met, not before", () => {
    expect(decide(failing(2)).deployments).toEqual([]);
    const planned = decide(failing(3));
    expect(planned.deployments).toMatchObject([
      {
        id: "ecs-svc/1",
        status: "PRIMARY",
        rollout: { reason: "ECS deployment ecs-svc/1 completed.", state: "COMPLETED" },
      },
      {
        id: "ecs-svc/2",
        status: "INACTIVE",
        rollout: { state: "FAILED", reason: "ECS deployment circuit breaker: tasks failed to start." },
      },
    ]);
    expect(planned.notices.map(({ message, event }) => [message, event?.eventName])).toEqual([
      [" (deployment ecs-svc/2) deployment failed: tasks failed to start.", "SERVICE_DEPLOYMENT_FAILED"],
      [" rolling back to deployment ecs-svc/1.", "SERVICE_DEPLOYMENT_IN_PROGRESS"],
      [" (deployment ecs-svc/1) deployment completed.", "SERVICE_DEPLOYMENT_COMPLETED"],
      [" has reached a steady state.", "SERVICE_STEADY_STATE"],
    ]);
  });

  test("goes back to a deployment whose failures of before are forgotten", () => {
    const view = failing(3);
    const [primary, before] = view.deployments;
    if (primary === undefined || before === undefined) throw new Error("there are two");
    const worn = { ...before, fortune: { ...freshFortune, failures: 5 } };
    const { deployments } = decide({ ...view, deployments: [primary, worn], tasks: [] });
    expect(deployments[0]).toMatchObject({ id: "ecs-svc/1", fortune: freshFortune });
  });

  test("stalls without rollback: nothing starts, and the old tasks go on", () => {
    const planned = decide(failing(3, { rollback: false }));
    expect(planned).toMatchObject({ start: [], stop: [] });
    expect(planned.deployments).toMatchObject([{ id: "ecs-svc/2", rollout: { state: "FAILED" } }]);
  });

  test("is tried again after a second, two, four, up to fifteen minutes", () => {
    const world = new Simulation(aView({ service: aService({ desiredCount: 1 }) }));
    const waits: number[] = [];
    for (let round = 0; round < 13; round++) {
      expect(world.step().start).toMatchObject([{ count: 1 }]);
      world.live(0, () => "fails");
      const { wakeAt = 0 } = world.step();
      waits.push((wakeAt - world.now) / second);
      world.now = wakeAt;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
  });

  test("is said to be impaired once", () => {
    const world = new Simulation(aView({ service: aService({ desiredCount: 1 }) }));
    const said: (string | undefined)[] = [];
    for (let round = 0; round < 6; round++) {
      world.step();
      world.live(0, () => "fails");
      const planned = world.step();
      said.push(...planned.notices.map(({ message }) => message));
      world.now = planned.wakeAt ?? world.now;
    }
    expect(said).toEqual([
      " was unable to place a task. Reason: Gone.",
      " is unable to consistently start tasks successfully.",
    ]);
  });

  test("is not throttled when its tasks crash after they have run for a while", () => {
    const world = new Simulation(aView({ service: aService({ desiredCount: 1 }) }));
    for (let round = 0; round < 5; round++) {
      expect(world.step().start).toHaveLength(1);
      world.live(second, () => "well");
      world.step();
      world.live(10 * second, () => "fails");
    }
    expect(world.view.deployments[0]?.fortune).toMatchObject({ failedTasks: 0, failedRounds: 0 });
  });

  test("is paced when its tasks crash at once, and neither fails nor is impaired", () => {
    const world = new Simulation(aView({ service: aService({ desiredCount: 1 }) }));
    const waits: number[] = [];
    for (let round = 0; round < 7; round++) {
      expect(world.step().start).toHaveLength(1);
      world.live(second, () => "well");
      world.step();
      world.live(second, () => "fails");
      const { wakeAt = 0 } = world.step();
      waits.push((wakeAt - world.now) / second);
      world.now = wakeAt;
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15, 15]);
    expect(world.view.deployments[0]?.fortune).toMatchObject({
      failedTasks: 0,
      failures: 0,
      failedRounds: 0,
    });
  });

  test("begins anew once a task has lasted", () => {
    const world = new Simulation(aView({ service: aService({ desiredCount: 1 }) }));
    world.step();
    world.live(second, () => "well");
    world.live(second, () => "fails");
    world.now = world.step().wakeAt ?? 0;
    expect(world.step().start).toHaveLength(1);
    world.live(second, () => "well");
    world.live(11 * second, () => "well");
    world.step();
    expect(world.view.deployments[0]?.fortune.crashedRounds).toBe(0);
  });
});

describe("the circuit breaker", () => {
  test.each([
    ["BOUNDED_PERCENT" as const, 50, 1, 3],
    ["BOUNDED_PERCENT" as const, 50, 25, 13],
    ["BOUNDED_PERCENT" as const, 50, 400, 200],
    ["BOUNDED_PERCENT" as const, 50, 800, 200],
    ["UNBOUNDED_PERCENT" as const, 50, 800, 400],
    ["UNBOUNDED_PERCENT" as const, 50, 1, 1],
    ["COUNT" as const, 7, 800, 7],
  ])("bears %s %i of %i tasks: %i", (type, value, desired, threshold) => {
    expect(thresholdOf(breaker({ threshold: { type, value } }), desired)).toBe(threshold);
  });

  /** Fails twice, then has a healthy task. */
  const failures = (resetOnHealthyTask: boolean): number | undefined => {
    const world = new Simulation(
      aView({ service: aService({ desiredCount: 1, circuitBreaker: breaker({ resetOnHealthyTask }) }) }),
    );
    for (let round = 0; round < 2; round++) {
      world.step();
      world.live(minute, () => "fails");
      world.now = world.step().wakeAt ?? 0;
    }
    world.step();
    world.live(minute, () => "well");
    world.live(minute, () => "waits");
    world.step();
    return world.view.deployments[0]?.fortune.failures;
  };

  test("forgets at a healthy task, or does not, as it is told", () => {
    expect(failures(true)).toBe(0);
    expect(failures(false)).toBe(2);
  });

  test("counts failed health checks once a task has started", () => {
    const world = new Simulation(
      aView({ service: aService({ desiredCount: 1, circuitBreaker: breaker({ rollback: false }) }) }),
    );
    for (let round = 0; round < 20; round++) {
      world.step();
      world.live(second, () => "sickens");
    }
    expect(world.view.deployments[0]).toMatchObject({
      rollout: { state: "FAILED" },
      fortune: { failures: 3, failedRounds: 0 },
    });
  });
});

describe("scaling in", () => {
  const somewhere = (id: string, instance: string): ScheduledTask =>
    aTask(id, "1", { instance, zone: `zone-${instance[0]}` });
  const instances = new Map(["a1", "a2", "b1"].map((id) => [id, anInstance(id)]));

  test.each([
    [
      "spreads over zones, then instances",
      [],
      [somewhere("1", "a1"), somewhere("2", "a1"), somewhere("3", "a2"), somewhere("4", "b1")],
      ["2", "3"],
    ],
    [
      "spreads over instances",
      [{ type: "spread" as const, field: "instanceId" }],
      [somewhere("1", "a1"), somewhere("2", "a1"), somewhere("3", "a1"), somewhere("4", "b1")],
      ["3", "2"],
    ],
  ])("%s", (_what, strategy, all, gone) => {
    const order = keepingOrder(all, strategy, instances, () => false);
    expect(
      order
        .slice(-2)
        .map(({ id }) => id)
        .reverse(),
    ).toEqual(gone);
  });

  test("packs: the instance with most room loses first", () => {
    const some = new Map([
      ["a1", anInstance("a1", { remaining: { cpu: 100, memory: 100 } })],
      ["b1", anInstance("b1", { remaining: { cpu: 900, memory: 50 } })],
    ]);
    const all = [somewhere("1", "a1"), somewhere("2", "b1")];
    const last = (field: string) =>
      keepingOrder(all, [{ type: "binpack", field }], some, () => false).at(-1)?.id;
    expect([last("cpu"), last("memory")]).toEqual(["2", "1"]);
  });

  test("takes tasks on their way before those that run, and says when too many are protected", () => {
    const service = aService({ desiredCount: 1 });
    const starting = aTask("late", "1", { phase: "starting", runningSince: undefined });
    const view = aView({ service, deployments: [completed("1")], tasks: [aTask("old", "1"), starting] });
    expect(decide(view).stop).toEqual([{ task: "late", pending: true, cause: "scaling", by: "ecs-svc/1" }]);
    const all = tasks(3, "1", { protectedUntil: now + hour });
    const held = decide(aView({ service, deployments: [completed("1")], tasks: all }));
    expect(held.stop).toEqual([]);
    expect(held.notices).toMatchObject([
      {
        message:
          " was unable to reach steady state because task set (ecs-svc/1) was unable to scale in. Reason: The number of protected tasks are more than the desired count of tasks.",
      },
    ]);
  });
});

describe("zones", () => {
  test("are balanced by a task more in the one that lacks it, and one less in the other", () => {
    const world = new Simulation(
      aView({
        service: aService({ desiredCount: 4, zoneRebalancing: true }),
        deployments: [completed("1")],
        tasks: tasks(4, "1", { instance: "a1", zone: "zone-a" }),
        instances: [anInstance("a1"), anInstance("b1")],
      }),
    );
    expect(world.settle()).toBe(true);
    expect(world.view.tasks.map(({ zone }) => zone).sort()).toEqual(["zone-a", "zone-a", "zone-b", "zone-b"]);
  });
});

describe("a blue/green deployment", () => {
  const bluegreen = (more: Partial<Parameters<typeof aService>[0]> = {}) =>
    new Simulation(
      aView({
        service: aService({ desiredCount: 2, strategy: "BLUE_GREEN", bakeMs: 5 * minute, ...more }),
        deployments: [aDeployment("2"), completed("1", { status: "ACTIVE" })],
        tasks: tasks(2, "1"),
        progress: {
          id: "sd",
          status: "IN_PROGRESS",
          target: "ecs-svc/2",
          source: "ecs-svc/1",
          hooks: [],
          breaker: { status: "DISABLED", failureCount: 0, threshold: 0 },
        },
      }),
    );
  const stageOf = (world: Simulation) => world.view.progress?.stage?.name;

  test("scales up beside the old tasks, bakes, and cleans up", () => {
    const world = bluegreen();
    expect(world.step().start).toEqual([{ deployment: "ecs-svc/2", count: 2 }]);
    expect(stageOf(world)).toBe("SCALE_UP");
    world.live(minute, () => "well");
    world.live(minute, () => "waits");
    expect(world.step()).toMatchObject({ start: [], stop: [] });
    expect(stageOf(world)).toBe("BAKE_TIME");
    world.live(5 * minute, () => "waits");
    expect(world.step().stop).toHaveLength(2);
    expect(stageOf(world)).toBe("CLEAN_UP");
    expect(world.settle()).toBe(true);
    expect(world.view.progress?.status).toBe("SUCCESSFUL");
    expect(world.view.tasks.map(({ deployment }) => deployment)).toEqual(["ecs-svc/2", "ecs-svc/2"]);
  });

  const hook = { stages: ["POST_SCALE_UP"], timeoutMs: hour, timeoutAction: "ROLLBACK" as const };

  test("waits at a pause hook, and rolls back when nobody answers", () => {
    const world = bluegreen({ hooks: [hook] });
    world.step();
    world.live(minute, () => "well");
    world.live(minute, () => "waits");
    expect(world.step().wakeAt).toBe(world.now + hour);
    expect(stageOf(world)).toBe("POST_SCALE_UP");
    expect(world.view.progress?.hooks).toMatchObject([{ status: "AWAITING_ACTION" }]);
    world.live(hour, () => "waits");
    world.step();
    expect(world.view.progress).toMatchObject({
      status: "ROLLBACK_IN_PROGRESS",
      rollback: { to: "ecs-svc/1" },
      hooks: [{ status: "TIMED_OUT" }],
    });
    expect(world.settle()).toBe(true);
    expect(world.view.progress?.status).toBe("ROLLBACK_SUCCESSFUL");
    expect(world.view.tasks.map(({ deployment }) => deployment)).toEqual(["ecs-svc/1", "ecs-svc/1"]);
  });
});

describe("task sets", () => {
  test("are scaled each by itself, and go when they are deleted", () => {
    const set = (id: string, desiredCount: number, status: "PRIMARY" | "ACTIVE" | "DRAINING") => ({
      id: `ecs-svc/${id}`,
      status,
      desiredCount,
      fortune: freshFortune,
      stable: false,
    });
    const world = new Simulation(
      aView({
        service: aService({ controller: "EXTERNAL", desiredCount: 3 }),
        deployments: [],
        taskSets: [set("1", 3, "PRIMARY"), set("2", 2, "ACTIVE"), set("3", 0, "DRAINING")],
        tasks: tasks(1, "3"),
      }),
    );
    const said: unknown[] = [];
    for (let round = 0; round < 6; round++) {
      said.push(...world.step().notices.map(({ event }) => event?.eventName));
      world.live(minute, () => "well");
    }
    const counts = world.view.taskSets.map(({ id, stable }) => [
      id,
      stable,
      world.view.tasks.filter(({ deployment }) => deployment === id).length,
    ]);
    expect(counts).toEqual([
      ["ecs-svc/1", true, 3],
      ["ecs-svc/2", true, 2],
    ]);
    expect(said).toEqual(["TASKSET_STEADY_STATE", "TASKSET_STEADY_STATE", "SERVICE_STEADY_STATE"]);
  });
});

describe("the health of targets", () => {
  const target = (state: string, code?: string) => ({
    targetGroupArn: "group",
    id: "10.0.0.4",
    port: 80,
    health: { state, ...(code !== undefined && { code, description: "Health checks failed" }) },
  });
  const rules = { now: minute, healthyAfter, gracePeriodMs: 0 };

  test.each([
    ["healthy", aTask("a", "1", { targets: [target("healthy")] }), "healthy"],
    ["initial", aTask("a", "1", { targets: [target("initial", "Elb.InitialHealthChecking")] }), "settling"],
    ["unhealthy", aTask("a", "1", { targets: [target("unhealthy", "Target.Timeout")] }), "unhealthy"],
    ["not used", aTask("a", "1", { targets: [target("unused", "Target.NotInUse")] }), "healthy"],
    ["not registered", aTask("a", "1", { targets: [target("unused", "Target.NotRegistered")] }), "settling"],
    ["not asked about", aTask("a", "1", { targets: [{ targetGroupArn: "group", port: 80 }] }), "settling"],
    ["one of two", aTask("a", "1", { targets: [target("healthy"), target("initial")] }), "settling"],
    [
      "with an ill container",
      aTask("a", "1", { health: "UNHEALTHY", targets: [target("healthy")] }),
      "unhealthy",
    ],
  ] as const)("%s", (_what, task, condition) => {
    expect(conditionOf(task, rules)).toBe(condition);
  });

  test("an unhealthy one is told of with its reason, and stopped for it when another takes its place", () => {
    const sick = aTask("sick", "1", { targets: [target("unhealthy", "Target.FailedHealthChecks")] });
    const well = aTask("well", "1", { targets: [target("healthy")] });
    const view = aView({
      service: aService({ desiredCount: 1 }),
      deployments: [completed("1", { status: "PRIMARY" })],
      tasks: [sick, well],
    });
    const planned = plan(view, minute, healthyAfter);
    expect(planned.stop).toMatchObject([{ task: "sick", cause: "unhealthy", targetGroupArn: "group" }]);
    expect(planned.notices.map(({ message }) => message)).toContain(
      " (task sick) (port 80) is unhealthy in (target-group group) due to (reason Health checks failed).",
    );
  });
});
