import { describe, expect, test } from "vitest";
import type { DaemonProgress } from "../../services/ecs/daemons/daemon-deployment.ts";
import type { DaemonInstance, DaemonView } from "../../services/ecs/daemons/daemon-view.ts";
import { drainReasons, planDaemon } from "./plan.ts";

const now = 1_000_000;
const minute = 60_000;

function progress(more: Partial<DaemonProgress> = {}): DaemonProgress {
  return {
    status: "IN_PROGRESS",
    target: "new",
    failures: 0,
    counted: [],
    breaker: "MONITORING",
    startedAt: 1,
    ...more,
  };
}

function seen(more: Partial<DaemonView> = {}, deployment: Partial<DaemonProgress> = {}): DaemonView {
  return {
    version: 1,
    status: "ACTIVE",
    target: "new",
    critical: true,
    deployment: {
      source: "old",
      configuration: { drainPercent: 25, bakeTimeInMinutes: 0 },
      progress: progress(deployment),
    },
    instances: [],
    failed: [],
    ...more,
  };
}

function instance(id: string, revision?: string, more: Partial<DaemonInstance> = {}): DaemonInstance {
  return {
    id,
    status: "ACTIVE",
    failed: false,
    ...(revision !== undefined && {
      task: { id: `task-${id}`, revision, phase: "running", unhealthy: false },
    }),
    ...more,
  };
}

const registering = { status: "REGISTERING" } as const;
const draining = { status: "DRAINING" } as const;
const drained = (id: string, reason: string = drainReasons.deployment) => ({ instance: id, reason });

describe("a daemon's plan", () => {
  test.each<[string, DaemonView, Partial<ReturnType<typeof planDaemon>>]>([
    [
      "a deployment without instances succeeds at once",
      seen({}, { status: "PENDING" }),
      { progress: expect.objectContaining({ status: "SUCCESSFUL", finishedAt: now }), stable: "new" },
    ],
    [
      "an instance that comes gets the target",
      seen({ instances: [instance("a", undefined, registering)] }),
      { start: ["a"] },
    ],
    [
      "an instance in use gets no other daemon than it began with: it is drained",
      seen({ instances: [instance("a"), instance("b", "old")] }),
      { start: [], drain: [drained("a")] },
    ],
    [
      "as many as the share are drained at once",
      seen({ instances: "abcdefgh".split("").map((id) => instance(id, "old")) }),
      { drain: [drained("a"), drained("b")] },
    ],
    [
      "no more are drained while some still go",
      seen({ instances: [instance("a", "old", draining), instance("b", "old")] }),
      { drain: [] },
    ],
    [
      "with the target everywhere it has succeeded",
      seen({ instances: [instance("a", "new")] }),
      { progress: expect.objectContaining({ status: "SUCCESSFUL", breaker: "MONITORING_COMPLETE" }) },
    ],
    [
      "while the old one is still somewhere it has not",
      seen({ instances: [instance("a", "new"), instance("b", "old", draining)] }, { status: "PENDING" }),
      { progress: expect.objectContaining({ status: "IN_PROGRESS" }) },
    ],
    [
      "a critical daemon that fails has its instance drained",
      seen(
        { instances: [instance("a")], failed: [{ id: "t", revision: "new", instance: "a", stoppedAt: 2 }] },
        { status: "SUCCESSFUL" },
      ),
      { failed: ["a"], drain: [drained("a", drainReasons.failure)], start: [] },
    ],
    [
      "so has one that is unhealthy",
      seen(
        {
          instances: [
            instance("a", undefined, {
              task: { id: "t", revision: "new", phase: "running", unhealthy: true },
            }),
          ],
        },
        { status: "SUCCESSFUL" },
      ),
      { drain: [drained("a", drainReasons.failure)] },
    ],
    [
      "one that is not critical is missing there, and that is all",
      seen(
        {
          critical: false,
          instances: [instance("a", undefined, registering)],
          failed: [{ id: "t", revision: "new", instance: "a", stoppedAt: 2 }],
        },
        { status: "SUCCESSFUL" },
      ),
      { failed: ["a"], drain: [], start: [] },
    ],
    [
      "after too many failures it goes back",
      seen({
        failed: ["a", "b", "c"].map((id) => ({ id, revision: "new", instance: id, stoppedAt: 2 })),
      }),
      {
        target: "old",
        progress: expect.objectContaining({ breaker: "TRIGGERED", failures: 3, target: "old" }),
        stable: "old",
      },
    ],
    [
      "with nothing to go back to it stops",
      seen({
        deployment: {
          configuration: { drainPercent: 25, bakeTimeInMinutes: 0 },
          progress: progress({ failures: 3 }),
        },
      }),
      { progress: expect.objectContaining({ status: "STOPPED", breaker: "TRIGGERED" }) },
    ],
    [
      "a failure counts once",
      seen(
        { failed: [{ id: "t", revision: "new", instance: "gone", stoppedAt: 2 }] },
        { failures: 1, counted: ["t"] },
      ),
      { progress: expect.objectContaining({ failures: 1, status: "SUCCESSFUL" }) },
    ],
    [
      "what the revision did before does not count",
      seen({ failed: [{ id: "t", revision: "new", instance: "gone", stoppedAt: 0 }] }),
      { progress: expect.objectContaining({ failures: 0 }) },
    ],
    [
      "a deleted one stops its tasks",
      seen({ status: "DELETE_IN_PROGRESS", instances: [instance("a", "new")] }),
      { stop: ["task-a"], gone: false },
    ],
    ["and is gone after the last", seen({ status: "DELETE_IN_PROGRESS" }), { stop: [], gone: true }],
  ])("%s", (_what, view, wanted) => {
    expect(planDaemon(view, now)).toMatchObject(wanted);
  });

  test.each([
    ["while a batch goes", seen({ instances: [instance("a", "old", draining), instance("b", "new")] })],
    ["when it has succeeded", seen({ instances: [instance("a", "new")] }, { status: "SUCCESSFUL" })],
  ])("nothing is written %s", (_when, view) => {
    expect(planDaemon(view, now)).toEqual({ start: [], stop: [], failed: [], drain: [], gone: false });
  });

  test("bakes: the target must have been everywhere for a while", () => {
    const view = seen({
      instances: [instance("a", "new")],
      deployment: {
        configuration: { drainPercent: 25, bakeTimeInMinutes: 5 },
        progress: progress(),
      },
    });
    const first = planDaemon(view, now);
    expect(first).toMatchObject({
      wakeAt: now + 5 * minute,
      progress: { settledAt: now, status: "IN_PROGRESS" },
    });
    const later = {
      ...view,
      deployment: {
        configuration: { drainPercent: 25, bakeTimeInMinutes: 5 },
        progress: progress({ settledAt: now }),
      },
    };
    expect(planDaemon(later, now + 5 * minute)).toMatchObject({ progress: { status: "SUCCESSFUL" } });
  });
});
