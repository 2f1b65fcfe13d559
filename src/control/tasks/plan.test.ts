import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TaskTarget } from "../../services/ecs/load-balancers/task-target.ts";
import type { TaskChange } from "../../services/ecs/tasks/change.ts";
import { applyProgress, type TaskProgress } from "../../services/ecs/tasks/progress.ts";
import { applyReport } from "../../services/ecs/tasks/report.ts";
import { sampleTask } from "../../services/ecs/tasks/task.testing.ts";
import type { Task, TaskDocument } from "../../services/ecs/tasks/task.ts";
import { longestStop, planTask, type Step, stoppedTasksStay, type Told } from "./plan.ts";

const nothing: Told = { start: false, stop: false, release: false };
const now = 1_000_000_000;
const { attachment } = sampleTask().document;
const precreated = attachment && { ...attachment, status: "PRECREATED" as const, made: undefined };

const target = (status: TaskTarget["status"]): TaskTarget => ({
  ...{ targetGroupArn: "group", containerName: "main", containerPort: 80, status },
  ...(status !== "PENDING" && { id: "10.0.0.4", port: 80 }),
});

describe("what is next for a task", () => {
  test.each<[string, Partial<Task>, Partial<TaskDocument>, Partial<Told>, Step]>([
    ["its interface", {}, { attachment: precreated }, {}, { do: "make-interface" }],
    ["its attachment", {}, {}, {}, { do: "attach-interface" }],
    ["its start", { lastStatus: "PENDING" }, {}, {}, { do: "start" }],
    ["nothing once it was started", { lastStatus: "PENDING" }, {}, { start: true }, { do: "rest" }],
    ["to go on after a restart", { lastStatus: "RUNNING" }, {}, {}, { do: "start" }],
    [
      "its stop",
      { lastStatus: "RUNNING", desiredStatus: "STOPPED" },
      { handedOver: true },
      {},
      { do: "stop" },
    ],
    [
      "to wait for its end",
      { lastStatus: "STOPPING", desiredStatus: "STOPPED" },
      { handedOver: true, stoppingAt: now },
      { stop: true },
      { do: "rest", until: now + longestStop },
    ],
    [
      "to be taken for stopped when the runtime says nothing",
      { lastStatus: "STOPPING", desiredStatus: "STOPPED" },
      { handedOver: true, stoppingAt: now - longestStop },
      { stop: true },
      { do: "give-up" },
    ],
    [
      "to wait for an agent as long as it takes",
      { lastStatus: "STOPPING", desiredStatus: "STOPPED", launchType: "EC2" },
      { handedOver: true, stoppingAt: now - longestStop },
      { stop: true },
      { do: "rest" },
    ],
    [
      "its end when nothing runs of it yet",
      { lastStatus: "PROVISIONING", desiredStatus: "STOPPED" },
      {},
      {},
      { do: "give-up" },
    ],
    [
      "its targets once it runs",
      { lastStatus: "RUNNING" },
      { targets: [target("PENDING")] },
      { start: true },
      { do: "register-targets" },
    ],
    [
      "nothing for targets before it runs",
      { lastStatus: "PENDING" },
      { targets: [target("PENDING")] },
      { start: true },
      { do: "rest" },
    ],
    [
      "its targets first when it stops, also one that may have been registered",
      { lastStatus: "RUNNING", desiredStatus: "STOPPED" },
      { handedOver: true, targets: [target("REGISTERING")] },
      {},
      { do: "deregister-targets" },
    ],
    [
      "to see whether they drain",
      { lastStatus: "DEACTIVATING", desiredStatus: "STOPPED" },
      { handedOver: true, targets: [target("DRAINING")] },
      {},
      { do: "settle-draining" },
    ],
    [
      "to wait while they drain",
      { lastStatus: "DEACTIVATING", desiredStatus: "STOPPED" },
      { handedOver: true, targets: [target("DRAINING")] },
      { drainingAskedAt: now - 400 },
      { do: "rest", until: now + 600 },
    ],
    [
      "its stop when they have drained",
      { lastStatus: "DEACTIVATING", desiredStatus: "STOPPED" },
      { handedOver: true, targets: [target("GONE")] },
      {},
      { do: "stop" },
    ],
    [
      "its stop though they cannot be taken off",
      { lastStatus: "RUNNING", desiredStatus: "STOPPED" },
      { handedOver: true, targets: [{ ...target("REGISTERED"), refusal: "no" }] },
      {},
      { do: "stop" },
    ],
    [
      "the targets of one that ended by itself",
      { lastStatus: "DEPROVISIONING", desiredStatus: "STOPPED" },
      { targets: [target("REGISTERED")] },
      {},
      { do: "deregister-targets" },
    ],
    [
      "what was refused while it stopped, once more",
      { lastStatus: "STOPPED", desiredStatus: "STOPPED", stoppedAt: now },
      { attachment: undefined, targets: [{ ...target("REGISTERED"), refusal: "no" }] },
      { release: true },
      { do: "deregister-targets" },
    ],
    ["its release", { lastStatus: "DEPROVISIONING", desiredStatus: "STOPPED" }, {}, {}, { do: "release" }],
    [
      "an hour of rest",
      { lastStatus: "STOPPED", desiredStatus: "STOPPED", stoppedAt: now },
      { attachment: attachment && { ...attachment, status: "DELETED" } },
      { release: true },
      { do: "rest", until: now + stoppedTasksStay },
    ],
    [
      "oblivion",
      { lastStatus: "STOPPED", desiredStatus: "STOPPED", stoppedAt: now - stoppedTasksStay },
      { attachment: undefined },
      { release: true },
      { do: "forget" },
    ],
    [
      "an interface that was made too late",
      { lastStatus: "STOPPED", desiredStatus: "STOPPED", stoppedAt: now },
      {},
      { release: true },
      { do: "release" },
    ],
  ])("%s", (_, columns, document, told, step) => {
    expect(planTask(sampleTask(columns, {}, document), { ...nothing, ...told }, now)).toEqual(step);
  });
});

/** A world with one task, one runtime and one network, in which things happen in any order. */
class World {
  task: Task = sampleTask({}, {}, { attachment: precreated });
  told = nothing;
  interfaces = 0;
  running = false;
  statuses: string[] = [this.task.lastStatus];

  change({ document, ...columns }: TaskChange): void {
    this.task = { ...this.task, ...columns, document: { ...this.task.document, ...document } };
    if (this.statuses.at(-1) !== this.task.lastStatus) this.statuses.push(this.task.lastStatus);
  }

  advance(progress: TaskProgress): void {
    this.change(applyProgress(this.task, progress, now));
  }

  /** Does the next step; false when there is none. */
  step(): boolean {
    const step = planTask(this.task, this.told, now);
    if (step.do === "rest") return false;
    if (step.do === "make-interface") {
      const made = sampleTask().document.attachment?.made;
      if (made === undefined) return false;
      this.interfaces = 1;
      this.advance({ what: "interface-made", made });
    }
    if (step.do === "attach-interface") this.advance({ what: "interface-attached", attachmentId: "a" });
    if (step.do === "start") {
      this.told = { ...this.told, start: true };
      this.running = true;
    }
    if (step.do === "stop") {
      this.told = { ...this.told, stop: true };
      this.advance({ what: "stopping" });
    }
    if (step.do === "give-up") {
      this.advance({ what: "failed", cause: { stopCode: "TaskFailedToStart", reason: "gone" } });
    }
    if (step.do === "release") {
      this.running = false;
      this.interfaces = 0;
      this.told = { ...this.told, release: true };
      this.advance({ what: "released" });
    }
    return true;
  }

  report(status: "PENDING" | "RUNNING" | "STOPPED"): void {
    if (!this.told.start) return;
    const report = { taskArn: this.task.arn, status, containers: [{ name: "main", status }] };
    this.change(applyReport(this.task, report, now));
    if (status === "STOPPED") this.running = false;
  }
}

const order = ["PROVISIONING", "PENDING", "RUNNING", "STOPPING", "DEPROVISIONING", "STOPPED"];

describe("whatever happens, in whatever order", () => {
  const events = fc.array(
    fc.constantFrom("step", "step", "PENDING", "RUNNING", "STOPPED", "user stops", "crash"),
    { maxLength: 30 },
  );

  function live(happened: readonly string[]): World {
    const world = new World();
    for (const event of happened) {
      if (event === "step") world.step();
      else if (event === "user stops")
        world.change({ desiredStatus: "STOPPED", document: { stoppingAt: now } });
      else if (event === "crash") world.told = nothing;
      else world.report(event as "RUNNING");
    }
    return world;
  }

  test("a task only ever goes on", () => {
    fc.assert(
      fc.property(events, (happened) => {
        const { statuses } = live(happened);
        const ranks = statuses.map((status) => order.indexOf(status));
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
      }),
      { seed: 3, numRuns: 1000 },
    );
  });

  test("a task that is told to stop leaves no interface and nothing running", () => {
    fc.assert(
      fc.property(events, (happened) => {
        const world = live(happened);
        world.change({ desiredStatus: "STOPPED", document: { stoppingAt: now } });
        for (let steps = 0; steps < 20 && world.step(); steps++);
        world.report("STOPPED");
        for (let steps = 0; steps < 20 && world.step(); steps++);
        // A runtime that was told of the task before the crash says so after `longestStop`.
        if (world.task.lastStatus !== "STOPPED") {
          expect(planTask(world.task, world.told, now + longestStop)).toEqual({ do: "give-up" });
          world.advance({ what: "failed", cause: { stopCode: "TaskFailedToStart", reason: "gone" } });
          for (let steps = 0; steps < 20 && world.step(); steps++);
        }
        expect(world.task).toMatchObject({ lastStatus: "STOPPED", desiredStatus: "STOPPED" });
        expect([world.interfaces, world.running]).toEqual([0, false]);
      }),
      { seed: 4, numRuns: 1000 },
    );
  });
});
