import { isFault } from "../../kernel/fault.ts";
import type { TaskRuntime } from "../../runtime/task.ts";
import { TaskFailure } from "../../runtime/task-engine/ports.ts";
import { type InClusterKey, taskArn } from "../../services/ecs/arn.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import type { InspectedTask, TaskOperations } from "../../services/ecs/tasks/execution.ts";
import type { TaskProgress } from "../../services/ecs/tasks/progress.ts";
import type { Task } from "../../services/ecs/tasks/task.ts";
import { type TaskQueue, taskOfJob } from "../../services/ecs/tasks/task-job.ts";
import { backoff } from "../../store/backoff.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, type JobWork, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import {
  deregisterInstances,
  intendedInstances,
  registerInstances,
  tellHealth,
} from "../service-discovery/registration.ts";
import { deregisterTargets, intended, registerTargets, settleDraining } from "../targets/registration.ts";
import {
  attachInterface,
  deleteInterface,
  type InterfacePorts,
  interfaceFailure,
  makeInterface,
} from "./interfaces.ts";
import { planTask, type Step, type Told } from "./plan.ts";
import { takeTurns } from "./turns.ts";

/** Tasks carried on at once by one process. */
const concurrency = 16;

/** After so many attempts a task that does not start is given up. */
const mostAttempts = 6;

export interface TaskLoopPorts extends LoopPorts, InterfacePorts {
  readonly operations: TaskOperations;
  /** Where a task runs; `undefined` when nothing here runs tasks of its launch type. */
  runtimeOf(task: Task): TaskRuntime | undefined;
}

/**
 * Carries tasks from PROVISIONING to STOPPED ("Amazon ECS task lifecycle", Developer Guide). Interfaces are made and
 * deleted as the service-linked role and with nothing else; what runs is a runtime's affair, whose reports wake the
 * loop again.
 */
export function startTaskLoop(
  ports: TaskLoopPorts,
  queue: TaskQueue,
  options: Partial<Pick<JobWork, "concurrency" | "graceMs">> = {},
): JobLoop {
  const inTurn = takeTurns();
  return startJobLoop(ports, {
    queue,
    concurrency,
    ...options,
    // INVARIANT: one worker a task: two that make and delete its interface at once could leave one behind.
    work: (job, signal) => inTurn(taskArn(taskOfJob(job)), () => new TaskWork(ports, job).run(signal)),
  });
}

/** One job: a task is carried on until there is nothing to do for the moment. */
class TaskWork {
  readonly #ports: TaskLoopPorts;
  readonly #job: Job;
  readonly #key: InClusterKey;
  #told: Told = { start: false, stop: false, release: false };

  constructor(ports: TaskLoopPorts, job: Job) {
    this.#ports = ports;
    this.#job = job;
    this.#key = taskOfJob(job);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { operations, clock } = this.#ports;
    while (!signal.aborted) {
      const found = await this.#own().invoke(operations.inspect, this.#key);
      if (found === undefined) return this.#rest();
      const step = planTask(found.task, this.#told, clock.now());
      if (step.do === "rest") return this.#rest(step.until);
      const putBack = await this.#take(step, found);
      if (putBack !== undefined) return this.#putBack(putBack);
    }
  }

  /** Does a step. @returns why it is to be tried again later, when it is. */
  async #take(step: Exclude<Step, { do: "rest" }>, found: InspectedTask): Promise<string | undefined> {
    const { task } = found;
    if (step.do === "make-interface") return this.#makeInterface(task);
    if (step.do === "attach-interface") return this.#attachInterface(task);
    if (step.do === "start") return this.#start(found);
    if (step.do === "register-targets") return this.#registerTargets(found);
    if (step.do === "deregister-targets") return this.#deregisterTargets(task);
    if (step.do === "register-instances") return this.#registerInstances(found);
    if (step.do === "deregister-instances") return this.#deregisterInstances(task);
    if (step.do === "tell-health") return this.#tellHealth(task);
    if (step.do === "settle-draining") return this.#settleDraining(task);
    if (step.do === "stop") return this.#stop(found);
    if (step.do === "release") return this.#release(task);
    if (step.do === "forget") {
      await this.#own().invoke(this.#ports.operations.forget, this.#key);
      return undefined;
    }
    return this.#fail("InternalError: The task did not answer any more.");
  }

  async #makeInterface(task: Task): Promise<string | undefined> {
    try {
      const made = await makeInterface(this.#ports, task);
      await this.#advance({ what: "interface-made", made });
    } catch (error) {
      return this.#interfaceFailed(task, error);
    }
  }

  async #attachInterface(task: Task): Promise<string | undefined> {
    try {
      const attachmentId = await attachInterface(this.#ports, task);
      await this.#advance({ what: "interface-attached", attachmentId });
    } catch (error) {
      return this.#interfaceFailed(task, error);
    }
  }

  #interfaceFailed(task: Task, error: unknown): Promise<string | undefined> {
    if (!isFault(error) || error.code === "InternalFailure") return this.#tryAgain(error);
    return this.#fail(interfaceFailure(task, error));
  }

  async #start({ task, spec }: InspectedTask): Promise<string | undefined> {
    const runtime = this.#ports.runtimeOf(task);
    this.#told = { ...this.#told, start: true };
    if (runtime === undefined) return undefined;
    if (spec === undefined) return this.#fail("InternalError: The task definition is gone.");
    if (task.document.handedOver !== true) await this.#advance({ what: "handed-over" });
    try {
      await runtime.start(spec);
    } catch (error) {
      this.#told = { ...this.#told, start: false };
      if (error instanceof TaskFailure) return this.#fail(error.message);
      return this.#tryAgain(
        error,
        (await runtime.unavailable()) !== undefined && task.lastStatus === "RUNNING",
      );
    }
  }

  async #registerTargets(found: InspectedTask): Promise<string | undefined> {
    const wanted = intended(found);
    // What tells the port of the instance wakes the loop.
    if (wanted === undefined) return "the task's ports are not known yet";
    const task = await this.#advance(wanted);
    if (task === undefined) return undefined;
    const done = await registerTargets(this.#ports, task);
    await this.#advance(done);
    return done.targets.find(({ refusal }) => refusal !== undefined)?.refusal;
  }

  /** While the task stops, a refusal does not hold it up; afterwards it is tried again until the task is forgotten. */
  async #deregisterTargets(task: Task): Promise<string | undefined> {
    const done = await deregisterTargets(this.#ports, task);
    await this.#advance(done);
    if (task.lastStatus !== "STOPPED") return undefined;
    return done.targets.find(({ refusal }) => refusal !== undefined)?.refusal;
  }

  async #registerInstances(found: InspectedTask): Promise<string | undefined> {
    const task = await this.#advance(intendedInstances(found.task));
    if (task === undefined) return undefined;
    return this.#toldOfInstances(() => registerInstances(this.#ports, { ...found, task }));
  }

  /** While the task stops, a refusal does not hold it up; afterwards it is tried again until the task is forgotten. */
  async #deregisterInstances(task: Task): Promise<string | undefined> {
    const refusal = await this.#toldOfInstances(() => deregisterInstances(this.#ports, task));
    return task.lastStatus === "STOPPED" ? refusal : undefined;
  }

  async #tellHealth(task: Task): Promise<undefined> {
    await this.#advance(await tellHealth(this.#ports, task));
  }

  async #toldOfInstances(
    tell: () => Promise<Extract<TaskProgress, { what: "registries" }>>,
  ): Promise<string | undefined> {
    const done = await tell();
    await this.#advance(done);
    return done.registries.find(({ refusal }) => refusal !== undefined)?.refusal;
  }

  async #settleDraining(task: Task): Promise<undefined> {
    await this.#advance(await settleDraining(this.#ports, task));
    this.#told = { ...this.#told, drainingAskedAt: this.#ports.clock.now() };
  }

  /** A runtime of this process has not heard of the task since a restart: it stops what it has taken up. */
  async #stop({ task, spec }: InspectedTask): Promise<string | undefined> {
    await this.#advance({ what: "stopping" });
    const runtime = this.#ports.runtimeOf(task);
    try {
      if (task.launchType === "FARGATE" && spec !== undefined) await runtime?.start(spec);
      await runtime?.stop(task.arn);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    this.#told = { ...this.#told, stop: true };
  }

  async #release(task: Task): Promise<string | undefined> {
    try {
      await this.#ports.runtimeOf(task)?.remove(task.arn);
      await deleteInterface(this.#ports, task);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    this.#told = { ...this.#told, release: true };
    if (task.lastStatus !== "STOPPED" || task.document.attachment !== undefined) {
      await this.#advance({ what: "released" });
    }
  }

  /** @param always whether the task is never given up: it runs, and its runtime is away. */
  async #tryAgain(error: unknown, always = false): Promise<string | undefined> {
    const text = error instanceof Error ? error.message : String(error);
    if (always || this.#job.attempt < mostAttempts) return text;
    return this.#fail(`InternalError: ${text}`);
  }

  async #fail(reason: string): Promise<undefined> {
    const { log } = this.#ports;
    log.error({ task: taskArn(this.#key), reason }, "a task failed to start");
    await this.#advance({ what: "failed", cause: { stopCode: "TaskFailedToStart", reason } });
  }

  #advance(progress: TaskProgress): Promise<Task | undefined> {
    return this.#own().invoke(this.#ports.operations.advance, { key: this.#key, progress });
  }

  async #rest(until?: number): Promise<void> {
    await this.#own().invoke(this.#ports.operations.rest, { job: this.#job, until });
  }

  async #putBack(error: string): Promise<void> {
    const { jobs, clock, random, log } = this.#ports;
    const { attempt } = this.#job;
    log.error({ task: taskArn(this.#key), attempt, error }, "a task is tried again");
    await jobs.release(this.#job, clock.now() + backoff(attempt, random), error);
  }

  /** ECS in its own name: its bookkeeping needs no role. */
  #own() {
    return this.#ports.clientOf(ecsPrincipal, this.#key.account, this.#key.region);
  }
}
