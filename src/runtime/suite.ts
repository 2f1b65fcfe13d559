import { randomBytes } from "node:crypto";
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { testTask } from "./task.testing.ts";
import type { ContainerReport, ReportSink, TaskReport, TaskRuntime, TaskSpec } from "./task.ts";
import type { LogLine } from "./task-engine/ports.ts";

/** A runtime that the suite judges. Each test gets one of its own. */
export interface JudgedRuntime {
  /** Opens it, or opens it again over what an earlier one left running. */
  open(sinks: RuntimeSinks): Promise<TaskRuntime>;
  /** Has `sh`, `echo`, `printf`, `sleep`, `exit`, `trap`. */
  readonly image: string;
  /** What makes the kernel kill a container that has 16 MiB. */
  readonly outOfMemory: readonly string[];
  /** How many containers the engine has of a task. */
  count(taskArn: string): Promise<number>;
  /** Kills a task's container behind the runtime's back. */
  kill(taskArn: string, container: string): Promise<void>;
  /** Removes what is left, and closes. */
  dispose(): Promise<void>;
}

export interface RuntimeSinks {
  readonly report: ReportSink;
  readonly line: (container: string, line: LogLine) => void;
  /** Rejections of what a task needs to begin, by the container's name. */
  readonly secretFailure: (container: string) => Error | undefined;
}

type Containers = Readonly<Record<string, Partial<ContainerDefinition>>>;

/** What every runtime does, whatever runs the containers. @param make undefined where this runtime cannot be had. */
export function judgeRuntime(name: string, make: () => Promise<JudgedRuntime>): void {
  describe(name, () => {
    let judged: JudgedRuntime;
    let runtime: TaskRuntime;
    let watch: Watch;
    const tasks: TaskSpec[] = [];

    beforeEach(async () => {
      judged = await make();
      watch = new Watch();
      runtime = await judged.open(watch);
    });

    afterEach(async () => {
      for (const { taskArn } of tasks.splice(0)) await runtime.remove(taskArn);
      await runtime.close();
      await judged.dispose();
    });

    const sh = (script: string): Partial<ContainerDefinition> => ({ command: ["sh", "-c", script] });

    function taskOf(containers: Containers, over: Partial<TaskSpec> = {}): TaskSpec {
      const task = testTask({
        taskId: randomBytes(16).toString("hex"),
        networkMode: "none",
        containers: Object.entries(containers).map(([container, definition]) => ({
          containerArn: `arn:aws:ecs:us-east-1:000000000000:container/default/${container}`,
          definition: { stopTimeout: 2, image: judged.image, ...definition, name: container },
        })),
        ...over,
      });
      tasks.push(task);
      return task;
    }

    async function run(containers: Containers, over?: Partial<TaskSpec>): Promise<TaskSpec> {
      const task = taskOf(containers, over);
      await runtime.start(task);
      return task;
    }

    const stopped = (task: TaskSpec): Promise<TaskReport> =>
      watch.until(task, ({ status }) => status === "STOPPED");
    const running = (task: TaskSpec): Promise<TaskReport> =>
      watch.until(task, ({ status }) => status === "RUNNING");

    test("a task that does its work: RUNNING, its output whole and in order, then STOPPED", async () => {
      const task = await run({ app: sh("echo one; echo two; sleep 0.2; printf last") });
      const report = await stopped(task);
      expect(of(report, "app")).toMatchObject({ status: "STOPPED", exitCode: 0 });
      expect(of(report, "app").runtimeId).toMatch(/^[0-9a-f]{64}$/);
      expect(watch.statuses(task)).toEqual(["RUNNING", "STOPPED"]);
      expect(watch.text("app")).toEqual(["one", "two", "last"]);
    });

    test("a process that dies at once was RUNNING before", async () => {
      const task = await run({ app: sh("exit 3") });
      expect(of(await stopped(task), "app").exitCode).toBe(3);
      expect(watch.statuses(task)).toEqual(["RUNNING", "STOPPED"]);
    });

    test("output on the error stream is told apart", async () => {
      const task = await run({ app: sh("echo fine; echo broken >&2; sleep 0.1") });
      await stopped(task);
      expect(watch.lines("app").find(({ text }) => text === "broken")?.stream).toBe("stderr");
      expect(watch.lines("app").find(({ text }) => text === "fine")?.stream).toBe("stdout");
    });

    test("an essential container's end stops the others", async () => {
      const task = await run({
        app: sh("sleep 0.5; exit 3"),
        side: { ...sh("trap 'exit 5' TERM; sleep 0.1; while true; do sleep 0.1; done"), essential: false },
      });
      const report = await stopped(task);
      expect(of(report, "app").exitCode).toBe(3);
      expect([5, 143]).toContain(of(report, "side").exitCode);
      expect(report.executionStoppedAt).toBeGreaterThan(0);
    });

    test("a container that is not essential may end: the task runs on", async () => {
      const task = await run({ app: sh("sleep 30"), side: { ...sh("exit 9"), essential: false } });
      // The one may have ended before the other has begun.
      const report = await watch.until(
        task,
        (told) => told.status === "RUNNING" && of(told, "side").status === "STOPPED",
      );
      expect(of(report, "side").exitCode).toBe(9);
      expect(of(report, "app").status).toBe("RUNNING");
      await runtime.stop(task.taskArn);
      await stopped(task);
    });

    test("dependencies of every kind are waited for, and RUNNING is told once, at the end", async () => {
      const task = await run({
        last: {
          ...sh("echo last; sleep 30"),
          dependsOn: [
            { containerName: "once", condition: "SUCCESS" },
            { containerName: "ends", condition: "COMPLETE" },
            { containerName: "well", condition: "HEALTHY" },
            { containerName: "first", condition: "START" },
          ],
        },
        once: { ...sh("sleep 0.3; echo once"), essential: false },
        ends: { ...sh("sleep 0.2; echo ends; exit 7"), essential: false },
        well: {
          ...sh("echo well; sleep 30"),
          healthCheck: { command: ["CMD-SHELL", "exit 0"], interval: 1, retries: 1 },
        },
        first: sh("echo first; sleep 30"),
      });
      const report = await running(task);
      expect(of(report, "once")).toMatchObject({ status: "STOPPED", exitCode: 0 });
      expect(of(report, "ends")).toMatchObject({ status: "STOPPED", exitCode: 7 });
      expect(of(report, "well")).toMatchObject({ status: "RUNNING", health: "HEALTHY" });
      await watch.untilText("last", "last");
      const times = (container: string): number => watch.lines(container)[0]?.at ?? 0;
      expect(Math.max(times("once"), times("ends"), times("first"))).toBeLessThanOrEqual(times("last"));
      await runtime.stop(task.taskArn);
      await stopped(task);
    });

    test("what depends on the success of a container that failed never runs", async () => {
      const task = await run({
        app: { ...sh("echo no"), dependsOn: [{ containerName: "init", condition: "SUCCESS" }] },
        init: { ...sh("exit 5"), essential: false },
      });
      const report = await stopped(task);
      expect(of(report, "app").exitCode).toBe(143);
      expect(of(report, "app").reason).toMatch(
        /^CannotStartContainerError: dependency graph: failed to resolve container ordering dependency \[init\(.*\) \(STOPPED->RUNNING\) - Exit: 5\] for target \[app\(.*\] as dependency did not exit successfully\.$/,
      );
      expect(watch.statuses(task)).not.toContain("RUNNING");
      expect(watch.text("app")).toEqual([]);
    });

    test("a dependency has only so long to come true", async () => {
      const task = await run({
        app: { ...sh("echo no"), dependsOn: [{ containerName: "slow", condition: "COMPLETE" }] },
        slow: { ...sh("sleep 30"), essential: false, startTimeout: 2 },
      });
      const report = await stopped(task);
      expect(of(report, "app").reason).toContain("has timed out.");
      expect(of(report, "slow").exitCode).toBeGreaterThan(128);
    });

    test("stopping: what depends on others goes first; who ignores TERM is killed in time", async () => {
      const task = await run({
        front: {
          ...sh("trap '' TERM; echo front; sleep 60"),
          stopTimeout: 1,
          dependsOn: [{ containerName: "back", condition: "START" }],
        },
        back: { ...sh("trap 'exit 0' TERM; echo back; sleep 0.1; while true; do sleep 0.1; done") },
      });
      await watch.untilText("front", "front");
      await watch.untilText("back", "back");
      await running(task);
      await runtime.stop(task.taskArn);
      const first = await watch.until(task, ({ containers }) =>
        containers.some(({ status }) => status === "STOPPED"),
      );
      expect(of(first, "back").status).toBe("RUNNING");
      expect(of(await stopped(task), "front").exitCode).toBe(137);
    });

    test("an image that is not there", async () => {
      const task = await run({ app: { image: "127.0.0.1:9/roadstead-missing:1" } });
      const report = await stopped(task);
      expect(of(report, "app").reason).toMatch(
        /^CannotPullContainerError: pull image manifest has been retried \d time\(s\): failed to resolve ref 127\.0\.0\.1:9\/roadstead-missing:1: /,
      );
      expect(of(report, "app").exitCode).toBeUndefined();
      expect(report.pullStartedAt).toBeLessThanOrEqual(report.pullStoppedAt ?? 0);
      expect(watch.statuses(task)).not.toContain("RUNNING");
    }, 40_000);

    test("a program that is not there", async () => {
      const task = await run({ app: { command: ["/no-such-program"] } });
      const report = await stopped(task);
      expect(of(report, "app").reason).toMatch(/^CannotStartContainerError: Error response from daemon: /);
      expect(of(report, "app").exitCode).toBeUndefined();
      expect(watch.statuses(task)).not.toContain("RUNNING");
    });

    test("memory that runs out", async () => {
      const task = await run({ app: { command: [...judged.outOfMemory], memory: 16 } });
      expect(of(await stopped(task), "app")).toMatchObject({
        exitCode: 137,
        reason: "OutOfMemoryError: Container killed due to memory usage",
      });
    });

    test("a restart policy starts a container again that ran long enough, and not after ignored exit codes", async () => {
      const policy = { enabled: true, restartAttemptPeriod: 1, ignoredExitCodes: [4] };
      const task = await run({
        app: { ...sh("echo up; sleep 1.2; exit 3"), restartPolicy: policy },
        once: { ...sh("sleep 1.2; exit 4"), essential: false, restartPolicy: policy },
      });
      await watch.untilText("app", "up", 2);
      expect(watch.last(task)?.status).toBe("RUNNING");
      expect(of(watch.last(task), "once")).toMatchObject({ status: "STOPPED", exitCode: 4 });
      await runtime.stop(task.taskArn);
      await stopped(task);
    });

    test("an exit before the restart period ends the container", async () => {
      const task = await run({ app: { ...sh("exit 4"), restartPolicy: { enabled: true } } });
      expect(of(await stopped(task), "app").exitCode).toBe(4);
    });

    test("what a task needs and does not get stops it before anything runs", async () => {
      watch.failures.set("app", new Error("ResourceInitializationError: unable to pull secrets"));
      const task = await run({ app: sh("echo no") });
      const report = await stopped(task);
      expect(report.reason).toContain("ResourceInitializationError: unable to pull secrets");
      expect(watch.text("app")).toEqual([]);
    });

    test("health is told as it changes", async () => {
      const task = await run({
        app: {
          ...sh("sleep 30"),
          healthCheck: { command: ["CMD-SHELL", "exit 1"], interval: 1, retries: 1, timeout: 2 },
        },
      });
      expect(of(await running(task), "app").health).toBe("UNKNOWN");
      await watch.until(task, (report) => of(report, "app").health === "UNHEALTHY");
      expect(watch.last(task)?.status).toBe("RUNNING");
      await runtime.stop(task.taskArn);
      expect(of(await stopped(task), "app").health).toBe("UNHEALTHY");
    });

    test("starting twice runs it once, and stopping what is unknown is no error", async () => {
      const task = await run({ app: sh("sleep 30") });
      await runtime.start(task);
      await running(task);
      expect(await judged.count(task.taskArn)).toBe(1);
      await runtime.stop("arn:aws:ecs:us-east-1:000000000000:task/default/unknown");
    });

    test("a container that somebody kills is told as it ended", async () => {
      const task = await run({ app: sh("sleep 30") });
      await running(task);
      await judged.kill(task.taskArn, "app");
      expect(of(await stopped(task), "app").exitCode).toBe(137);
    });

    test("after a crash a task goes on: not started again, its output neither lost nor doubled", async () => {
      const task = await run({ app: sh("echo one; sleep 1; echo two; sleep 1; printf three; exit 6") });
      await watch.untilText("app", "one");
      await runtime.close();
      runtime = await judged.open(watch);
      await runtime.start(task);
      expect(of(await stopped(task), "app").exitCode).toBe(6);
      expect(watch.text("app")).toEqual(["one", "two", "three"]);
    });

    test("a task that ended while nobody looked is told", async () => {
      const task = await run({ app: sh("echo one; sleep 1; exit 8") });
      await running(task);
      await runtime.close();
      await judged.kill(task.taskArn, "app");
      watch.forget();
      runtime = await judged.open(watch);
      await runtime.start(task);
      expect(of(await stopped(task), "app").exitCode).toBe(137);
      expect(watch.statuses(task)).toEqual(["RUNNING", "STOPPED"]);
    });

    test("a report that fails is told again", async () => {
      watch.refusals = 2;
      const task = await run({ app: sh("exit 0") });
      await stopped(task);
      expect(watch.refusals).toBe(0);
    });

    test("only what is listed is kept", async () => {
      const [kept, lost] = [await run({ app: sh("sleep 30") }), await run({ app: sh("sleep 30") })];
      await running(kept);
      await running(lost);
      await runtime.keepOnly(new Set([kept.taskArn]));
      expect(await judged.count(lost.taskArn)).toBe(0);
      expect(await judged.count(kept.taskArn)).toBe(1);
    });

    test("removing a task that is still being made leaves nothing", async () => {
      const task = await run({ app: sh("sleep 30"), side: sh("sleep 30") });
      await runtime.remove(task.taskArn);
      expect(await judged.count(task.taskArn)).toBe(0);
      const refused = await run({ app: sh("sleep 30"), side: { image: "127.0.0.1:9/roadstead-missing:1" } });
      await runtime.stop(refused.taskArn);
      await stopped(refused);
      await runtime.remove(refused.taskArn);
      expect(await judged.count(refused.taskArn)).toBe(0);
    });

    test("removing leaves nothing", async () => {
      const task = await run({ app: sh("sleep 30") });
      await running(task);
      await runtime.remove(task.taskArn);
      expect(await judged.count(task.taskArn)).toBe(0);
      await runtime.remove(task.taskArn);
    });
  });
}

/** The report of one container. */
export function of(report: TaskReport | undefined, container: string): ContainerReport {
  const found = report?.containers.find(({ name }) => name === container);
  if (found === undefined) throw new Error(`nothing is told of ${container}`);
  return found;
}

/** Hears what a runtime tells, and waits for it. */
export class Watch implements RuntimeSinks {
  readonly failures = new Map<string, Error>();
  /** How many reports are refused before one is taken. */
  refusals = 0;
  readonly #reports: TaskReport[] = [];
  readonly #lines: { readonly container: string; readonly line: LogLine }[] = [];
  readonly #waiting = new Set<() => void>();

  readonly report: ReportSink = async (report) => {
    if (this.refusals > 0) {
      this.refusals--;
      throw new Error("not now");
    }
    this.#reports.push(report);
    for (const look of this.#waiting) look();
  };

  readonly line = (container: string, line: LogLine): void => {
    this.#lines.push({ container, line });
    for (const look of this.#waiting) look();
  };

  readonly secretFailure = (container: string): Error | undefined => this.failures.get(container);

  last(task: TaskSpec): TaskReport | undefined {
    return this.#of(task).at(-1);
  }

  /** What was told of a task so far, repetitions and PENDING left out. */
  statuses(task: TaskSpec): string[] {
    const told = this.#of(task).map(({ status }) => status);
    return told.filter((status, index) => status !== "PENDING" && status !== told[index - 1]);
  }

  lines(container: string): LogLine[] {
    return this.#lines.filter((written) => written.container === container).map(({ line }) => line);
  }

  text(container: string): string[] {
    return this.lines(container).map(({ text }) => text);
  }

  forget(): void {
    this.#reports.length = 0;
  }

  /** The first report so far, or to come, of which something is true. */
  until(task: TaskSpec, is: (report: TaskReport) => boolean): Promise<TaskReport> {
    return this.#wait(() => this.#of(task).find(is));
  }

  async untilText(container: string, text: string, times = 1): Promise<void> {
    await this.#wait(() => this.text(container).filter((line) => line === text).length >= times || undefined);
  }

  #of({ taskArn }: TaskSpec): TaskReport[] {
    return this.#reports.filter((report) => report.taskArn === taskArn);
  }

  #wait<T>(look: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const check = (): void => {
        const found = look();
        if (found === undefined) return;
        this.#waiting.delete(check);
        resolve(found);
      };
      this.#waiting.add(check);
      check();
    });
  }
}
