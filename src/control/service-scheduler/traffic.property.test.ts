import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { minute, second } from "../../kernel/duration.ts";
import type { ScheduledService, ScheduleView } from "../../services/ecs/services/schedule.ts";
import { conditionOf } from "./health.ts";
import {
  aDeployment,
  aService,
  aTask,
  aView,
  completed,
  type Fate,
  healthyAfter,
  Simulation,
} from "./simulation.testing.ts";

const runs = { seed: 20_261_122, numRuns: 150 };
const began = 86_400_000;

type Shift = NonNullable<ScheduledService["shift"]>;

const shifts: fc.Arbitrary<readonly [ScheduledService["strategy"], Shift]> = fc.constantFrom(
  ["BLUE_GREEN", { percents: [100], bakeMs: 0 }],
  ["CANARY", { percents: [5, 100], bakeMs: 3 * minute }],
  ["LINEAR", { percents: [25, 50, 75, 100], bakeMs: minute }],
);

/** What happens between two looks: to the tasks, to the listeners, to the deployment. */
interface Event {
  readonly fate: Fate;
  readonly only: "1" | "2" | "all";
  readonly listeners: "told" | "told, then a crash" | "away";
  readonly ms: number;
  readonly asked: "rollback" | "stop" | undefined;
}

const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.record({
    fate: fc.constantFrom<Fate>("well", "well", "well", "waits", "fails", "sickens"),
    only: fc.constantFrom("1" as const, "2" as const, "2" as const, "all" as const),
    listeners: fc.constantFrom(
      "told" as const,
      "told" as const,
      "told, then a crash" as const,
      "away" as const,
    ),
    ms: fc.constantFrom(second, 30 * second, minute, 3 * minute),
    asked: fc
      .integer({ min: 0, max: 79 })
      .map((chance) => (chance === 0 ? "rollback" : chance === 1 ? "stop" : undefined)),
  }),
  { minLength: 5, maxLength: 60 },
);

function worldOf(
  [strategy, shift]: readonly [ScheduledService["strategy"], Shift],
  desiredCount: number,
): Simulation {
  const world = new Simulation(
    aView({
      service: aService({
        ...{ strategy, shift, desiredCount, bakeMs: 2 * minute },
        circuitBreaker: {
          enable: true,
          rollback: true,
          resetOnHealthyTask: true,
          threshold: { type: "COUNT", value: 4 },
        },
      }),
      deployments: [aDeployment("2"), completed("1", { status: "ACTIVE" })],
      tasks: Array.from({ length: desiredCount }, (_, index) =>
        aTask(`t${index}`, "1", { health: "HEALTHY" }),
      ),
      progress: {
        id: "sd",
        status: "IN_PROGRESS",
        target: "ecs-svc/2",
        source: "ecs-svc/1",
        hooks: [],
        breaker: { status: "MONITORING", failureCount: 0, threshold: 0 },
      },
    }),
    began,
  );
  world.listeners = { production: 0, test: 0 };
  return world;
}

const healthyOf = (view: ScheduleView, now: number, deployment: string): number =>
  view.tasks.filter(
    (task) =>
      task.deployment === deployment &&
      conditionOf(task, { now, healthyAfter, gracePeriodMs: 0 }) === "healthy",
  ).length;

/** A look, with the law that every change of what is wanted obeys. */
function look(world: Simulation): void {
  const { view, now } = world;
  const before = view.progress?.traffic?.wanted.production ?? 0;
  world.step();
  const after = world.view.progress?.traffic?.wanted.production ?? before;
  if (after === before) return;
  const green = healthyOf(view, now, "ecs-svc/2");
  const blue = healthyOf(view, now, "ecs-svc/1");
  const [gaining, losing] = after > before ? [green, blue] : [blue, green];
  expect(gaining > 0 || losing === 0).toBe(true);
}

function happen(world: Simulation, { fate, only, listeners, ms, asked }: Event): void {
  if (listeners !== "away") world.shift(listeners === "told");
  const { progress } = world.view;
  if (asked !== undefined && progress?.status === "IN_PROGRESS") {
    const status = asked === "rollback" ? "ROLLBACK_REQUESTED" : "STOP_REQUESTED";
    world.view = { ...world.view, progress: { ...progress, status } };
  }
  world.live(ms, ({ deployment }) => (only === "all" || deployment === `ecs-svc/${only}` ? fate : "well"));
}

describe("traffic, whatever fails", () => {
  test("never goes to a revision without healthy tasks while the other one has some", () => {
    fc.assert(
      fc.property(shifts, fc.integer({ min: 1, max: 4 }), events, (shift, desired, some) => {
        const world = worldOf(shift, desired);
        for (const event of some) {
          look(world);
          happen(world, event);
        }
      }),
      runs,
    );
  });

  test("is all where the service ends up, also after crashes in the middle of a shift", () => {
    const ends = new Map<string, number>();
    fc.assert(
      fc.property(shifts, fc.integer({ min: 1, max: 4 }), events, (shift, desired, some) => {
        const world = worldOf(shift, desired);
        for (const event of some) {
          look(world);
          happen(world, event);
        }
        for (let round = 0; round < 30; round++) {
          world.settle();
          world.live(3 * minute, () => "well");
        }
        const { status = "" } = world.view.progress ?? {};
        ends.set(status, (ends.get(status) ?? 0) + 1);
        if (status === "SUCCESSFUL") expect(world.listeners).toEqual({ production: 100, test: 100 });
        if (status === "ROLLBACK_SUCCESSFUL") {
          expect(world.listeners).toEqual({ production: 0, test: 0 });
          expect(new Set(world.view.tasks.map(({ deployment }) => deployment))).toEqual(
            new Set(["ecs-svc/1"]),
          );
        }
        expect(status).toMatch(/^(SUCCESSFUL|ROLLBACK_SUCCESSFUL|ROLLBACK_FAILED|STOPPED)$/);
      }),
      runs,
    );
    expect(ends.get("SUCCESSFUL")).toBeGreaterThan(10);
    expect(ends.get("ROLLBACK_SUCCESSFUL")).toBeGreaterThan(10);
  });
});
