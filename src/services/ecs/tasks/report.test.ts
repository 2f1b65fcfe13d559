import { describe, expect, test } from "vitest";
import type { ContainerReport, TaskReport } from "../../../runtime/task.ts";
import type { TaskChange } from "./change.ts";
import { applyReport } from "./report.ts";
import { sampleTask } from "./task.testing.ts";
import type { Task, TaskContainer } from "./task.ts";

const now = 1_000_000;

const report = (status: TaskReport["status"], ...containers: Partial<ContainerReport>[]): TaskReport => ({
  taskArn: "arn",
  status,
  containers: containers.map((one) => ({ name: "main", status: "RUNNING", ...one })),
});

const changed = (task: Task, change: TaskChange): Task => ({
  ...task,
  ...change,
  document: { ...task.document, ...change.document },
});

const main = (task: Task): Partial<TaskContainer> => task.document.containers[0] ?? {};

describe("a report", () => {
  test("that all runs makes the task RUNNING, once", () => {
    const pending = sampleTask({ lastStatus: "PENDING" });
    const running = changed(pending, applyReport(pending, report("RUNNING", { runtimeId: "r" }), now));
    expect(running).toMatchObject({
      lastStatus: "RUNNING",
      document: { startedAt: now, connectivityAt: now, containers: [{ status: "RUNNING", runtimeId: "r" }] },
    });
    const again = applyReport(running, report("RUNNING"), now + 5);
    expect(again).not.toHaveProperty("lastStatus");
    expect(changed(running, again)).toEqual(running);
  });

  test("never takes anything back", () => {
    const running = sampleTask({ lastStatus: "RUNNING" }, { status: "RUNNING", imageDigest: "sha256:1" });
    const told = changed(running, applyReport(running, report("PENDING", { status: "PENDING" }), now));
    expect(told.lastStatus).toBe("RUNNING");
    expect(main(told)).toMatchObject({ status: "RUNNING", imageDigest: "sha256:1" });
    const stopped = sampleTask({ lastStatus: "STOPPED" });
    expect(applyReport(stopped, report("RUNNING"), now)).toEqual({});
    const leaving = sampleTask({ lastStatus: "DEPROVISIONING" }, { status: "STOPPED" });
    expect(changed(leaving, applyReport(leaving, report("RUNNING"), now)).lastStatus).toBe("DEPROVISIONING");
  });

  test("may tell of a container twice, in order", () => {
    const pending = sampleTask({ lastStatus: "PENDING" });
    const told = report("RUNNING", { status: "RUNNING" }, { status: "STOPPED", exitCode: 7, reason: "done" });
    expect(main(changed(pending, applyReport(pending, told, now)))).toMatchObject({
      status: "STOPPED",
      exitCode: 7,
      reason: "done",
    });
  });

  test("of a container that runs may carry an exit code and a reason that are no failure", () => {
    const pending = sampleTask({ lastStatus: "PENDING" });
    const told = report("RUNNING", { exitCode: 0, reason: "CannotPullImageManifestError: no digest" });
    const { exitCode, reason } = main(changed(pending, applyReport(pending, told, now)));
    expect([exitCode, reason]).toEqual([undefined, undefined]);
  });
});

describe("a task that stopped by itself", () => {
  test.each<
    [string, Partial<Task["document"]>, Partial<ContainerReport>, string | undefined, string, string]
  >([
    [
      "an essential container ended",
      { startedAt: 1 },
      { exitCode: 0 },
      undefined,
      "EssentialContainerExited",
      "Essential container in task exited",
    ],
    [
      "it ran out of memory",
      { startedAt: 1 },
      { exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" },
      undefined,
      "EssentialContainerExited",
      "Essential container in task exited",
    ],
    [
      "it ended before anybody saw it run",
      {},
      { exitCode: 1 },
      undefined,
      "EssentialContainerExited",
      "Essential container in task exited",
    ],
    [
      "its image is not there",
      {},
      { reason: "CannotPullContainerError: no such image" },
      undefined,
      "TaskFailedToStart",
      "CannotPullContainerError: no such image",
    ],
    [
      "a dependency failed",
      {},
      { exitCode: 143, reason: "CannotStartContainerError: dependency graph: no" },
      undefined,
      "TaskFailedToStart",
      "CannotStartContainerError: dependency graph: no",
    ],
    [
      "it could not be prepared",
      {},
      {},
      "ResourceInitializationError: no secrets",
      "TaskFailedToStart",
      "ResourceInitializationError: no secrets",
    ],
  ])("%s", (_, document, container, reason, stopCode, stoppedReason) => {
    const task = sampleTask({ lastStatus: "PENDING" });
    const told = { ...report("STOPPED", { status: "STOPPED", ...container }), ...(reason && { reason }) };
    const change = applyReport({ ...task, document: { ...task.document, ...document } }, told, now);
    expect(change).toMatchObject({
      desiredStatus: "STOPPED",
      lastStatus: "DEPROVISIONING",
      document: { stopCode, stoppedReason, stoppingAt: now, containers: [{ status: "STOPPED" }] },
    });
  });

  test("keeps the reason that it was stopped for", () => {
    const document = { stopCode: "UserInitiated", stoppedReason: "enough", stoppingAt: 5 } as const;
    const task = sampleTask({ lastStatus: "STOPPING", desiredStatus: "STOPPED" }, {}, document);
    expect(applyReport(task, report("STOPPED", { status: "STOPPED", exitCode: 143 }), now)).toMatchObject({
      document: { ...document, executionStoppedAt: now },
    });
  });

  test("is STOPPED at once when it has no interface", () => {
    const task = sampleTask({ lastStatus: "RUNNING" }, {}, { attachment: undefined });
    expect(applyReport(task, report("STOPPED"), now)).toMatchObject({
      lastStatus: "STOPPED",
      stoppedAt: now,
    });
  });
});
