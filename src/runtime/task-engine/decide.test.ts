import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EngineContainer } from "../engine/port.ts";
import { testContainer, testTask } from "../task.testing.ts";
import type { ContainerSpec } from "../task.ts";
import { decide } from "./decide.ts";
import {
  advance,
  isFinished,
  isStopping,
  newProgress,
  type TaskEvent,
  type TaskProgress,
} from "./progress.ts";
import { reportOf } from "./report.ts";

const second = 1000;

const seen = (phase: EngineContainer["phase"], more: Partial<EngineContainer> = {}): EngineContainer => ({
  id: "f".repeat(64),
  name: "ecs-web-3-app-0",
  labels: {},
  imageId: "sha256:0",
  phase,
  pid: 1,
  exitCode: 0,
  oomKilled: false,
  error: "",
  createdAt: 0,
  ports: [],
  networks: [],
  mounts: [],
  ...more,
});

const taskWith = (...containers: ContainerSpec[]): TaskProgress =>
  newProgress(
    testTask({ containers }),
    containers.map((_, index) => String(index)),
  );

const given = (task: TaskProgress, ...events: TaskEvent[]): TaskProgress => events.reduce(advance, task);

const pulled = (container: string): TaskEvent => ({ kind: "pulled", container, at: 1, imageId: "sha256:0" });
const sees = (container: string, as: EngineContainer): TaskEvent => ({ kind: "seen", container, as });

const created = (...names: string[]): TaskEvent[] => [
  { kind: "prepared" },
  ...names.flatMap((name) => [pulled(name), sees(name, seen("created"))]),
];

describe("what a task needs next", () => {
  test("at first everything at once: its surroundings and its images", () => {
    const task = taskWith(testContainer({ name: "a" }), testContainer({ name: "b" }));
    expect(decide(task, 0).actions).toEqual([
      { kind: "prepare" },
      { kind: "pull", container: "a" },
      { kind: "pull", container: "b" },
    ]);
  });

  test("a container is not made before network and volumes are, nor started before the network is up", () => {
    const task = given(taskWith(testContainer()), { kind: "preparing" }, pulled("app"));
    expect(decide(task, 0).actions).toEqual([]);
    const made = given(task, { kind: "made" });
    expect(decide(made, 0).actions).toEqual([{ kind: "create", container: "app" }]);
    const created = given(made, sees("app", seen("created")));
    expect(decide(created, 0).actions).toEqual([]);
    expect(decide(given(created, { kind: "prepared" }), 0).actions).toEqual([
      { kind: "start", container: "app" },
    ]);
  });

  test("a container that takes another's volumes waits until that one exists", () => {
    const task = given(
      taskWith(
        testContainer({ name: "a", volumesFrom: [{ sourceContainer: "b" }] }),
        testContainer({ name: "b" }),
      ),
      { kind: "prepared" },
      pulled("a"),
      pulled("b"),
    );
    expect(decide(task, 0).actions).toEqual([{ kind: "create", container: "b" }]);
    const made = given(task, sees("b", seen("created")));
    expect(decide(made, 0).actions).toEqual([
      { kind: "create", container: "a" },
      { kind: "start", container: "b" },
    ]);
  });

  test("a dependency that may still come true is waited for until its start timeout", () => {
    const task = given(
      taskWith(
        testContainer({ name: "a", dependsOn: [{ containerName: "b", condition: "HEALTHY" }] }),
        testContainer({ name: "b", startTimeout: 10 }),
      ),
      ...created("a", "b"),
      sees("b", seen("running", { startedAt: 5 * second, health: { status: "starting" } })),
    );
    expect(decide(task, 6 * second)).toEqual({ actions: [], wakeAt: 15 * second });
    expect(decide(task, 15 * second).actions).toEqual([
      {
        kind: "give-up",
        container: "a",
        exitCode: 143,
        reason:
          "CannotStartContainerError: dependency graph: container ordering dependency [b(busybox) (RUNNING->RUNNING)] for target [a(busybox) (CREATED->RUNNING)] has timed out.",
      },
    ]);
  });

  test("a container that was to be healthy and died", () => {
    const task = given(
      taskWith(
        testContainer({ name: "a", dependsOn: [{ containerName: "b", condition: "HEALTHY" }] }),
        testContainer({ name: "b", essential: false }),
      ),
      ...created("a", "b"),
      sees("b", seen("exited", { startedAt: 1, finishedAt: 2, exitCode: 0 })),
    );
    expect(decide(task, 9).actions[0]).toMatchObject({ kind: "give-up", container: "a", exitCode: 143 });
  });

  test("nothing comes back from stopped, and late news of an earlier run is no exit of this one", () => {
    const ended = seen("exited", { startedAt: 1, finishedAt: 70 * second, exitCode: 1 });
    const policy = { enabled: true };
    const task = given(
      taskWith(testContainer({ restartPolicy: policy })),
      ...created("app"),
      sees("app", seen("running", { startedAt: 1 })),
      sees("app", ended),
    );
    expect(task.containers[0]).toMatchObject({ phase: "created", restarts: 1 });
    const again = given(task, { kind: "starting", container: "app" }, sees("app", ended));
    expect(again.containers[0]).toMatchObject({ phase: "starting", restarts: 1 });
    const stopped = given(
      again,
      sees("app", seen("exited", { startedAt: 71 * second, finishedAt: 72 * second })),
    );
    expect(
      given(stopped, sees("app", seen("running", { startedAt: 73 * second }))).containers[0]?.phase,
    ).toBe("stopped");
  });

  test("a container whose task stops is not restarted", () => {
    const task = given(
      taskWith(testContainer({ restartPolicy: { enabled: true } })),
      ...created("app"),
      sees("app", seen("running", { startedAt: 1 })),
      { kind: "stop-wanted" },
      sees("app", seen("exited", { startedAt: 1, finishedAt: 90 * second })),
    );
    expect(task.containers[0]?.phase).toBe("stopped");
  });
});

/** A world in which every action has its effect, or goes wrong, in an order of chance. */
const names = ["a", "b", "c", "d"];

const containers = fc
  .array(
    fc.record({
      essential: fc.boolean(),
      needs: fc.option(
        fc.record({
          on: fc.nat(3),
          condition: fc.constantFrom("START" as const, "COMPLETE" as const, "SUCCESS" as const),
        }),
        { nil: undefined },
      ),
      exitCode: fc.constantFrom(0, 3),
      lasts: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((drawn) =>
    drawn.map(({ essential, needs, exitCode, lasts }, index) => ({
      exitCode,
      lasts,
      spec: testContainer({
        name: names[index] ?? "",
        // The first is essential, as at least one must be; dependencies point back, so there is no circle.
        essential: index === 0 || essential,
        dependsOn:
          needs === undefined || needs.on >= index
            ? undefined
            : [{ containerName: names[needs.on], condition: needs.condition }],
      }),
    })),
  );

describe("laws of a task's life, whatever happens", () => {
  test("it ends once stopped; nothing starts before what it depends on, nothing runs on", () => {
    fc.assert(
      fc.property(
        containers,
        fc.infiniteStream(fc.nat(99)),
        fc.constantFrom("none", "pull", "create", "start"),
        (world, chance, goesWrong) => {
          const draw = (): number => chance.next().value ?? 0;
          const pending: TaskEvent[] = [];
          let task = taskWith(...world.map(({ spec }) => spec));
          const ran = new Set<string>();
          const statuses: string[] = [];
          for (let now = 1; now < 400 && !isFinished(task); now++) {
            if (now === 200) pending.push({ kind: "stop-wanted" });
            for (const action of decide(task, now).actions) {
              const name = "container" in action ? action.container : "";
              const wrong = action.kind === goesWrong && draw() < 20;
              const ends = world.find(({ spec }) => spec.definition.name === name);
              const failed: TaskEvent = { kind: "given-up", container: name, at: now, reason: "wrong" };
              switch (action.kind) {
                case "prepare":
                  task = advance(task, { kind: "preparing" });
                  pending.push({ kind: "made" }, { kind: "prepared" });
                  break;
                case "pull":
                  task = advance(task, { kind: "pulling", container: name, at: now });
                  pending.push(wrong ? failed : pulled(name));
                  break;
                case "create":
                  task = advance(task, { kind: "creating", container: name });
                  pending.push(wrong ? failed : sees(name, seen("created")));
                  break;
                case "start": {
                  const wanted = ends?.spec.definition.dependsOn?.[0]?.containerName;
                  if (wanted !== undefined) expect(ran).toContain(wanted);
                  expect(isStopping(task)).toBe(false);
                  task = advance(task, { kind: "starting", container: name });
                  if (wrong) pending.push(failed);
                  else {
                    ran.add(name);
                    pending.push(sees(name, seen("running", { startedAt: now })));
                    if (ends?.lasts === false) {
                      pending.push(
                        sees(
                          name,
                          seen("exited", { startedAt: now, finishedAt: now + 1, exitCode: ends.exitCode }),
                        ),
                      );
                    }
                  }
                  break;
                }
                case "stop":
                  expect(isStopping(task)).toBe(true);
                  task = advance(task, { kind: "stopping", container: name });
                  pending.push(sees(name, seen("exited", { startedAt: 1, finishedAt: now, exitCode: 143 })));
                  break;
                case "give-up":
                  task = advance(task, {
                    kind: "given-up",
                    container: name,
                    at: now,
                    reason: action.reason,
                    exitCode: action.exitCode,
                  });
                  break;
                case "flush":
                  pending.push({ kind: "flushed", container: name });
              }
            }
            const [event] = pending.splice(draw() % Math.max(1, pending.length), 1);
            if (event !== undefined) task = advance(task, event);
            statuses.push(reportOf(task).status);
          }
          expect(isFinished(task)).toBe(true);
          expect(task.containers.every(({ phase }) => phase === "stopped")).toBe(true);
          // PENDING, then perhaps RUNNING, then STOPPED: never back.
          const order = statuses.map((status) => ["PENDING", "RUNNING", "STOPPED"].indexOf(status));
          expect(order).toEqual([...order].sort());
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });
});
