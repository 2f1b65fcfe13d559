import { isDeepStrictEqual } from "node:util";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { hour, second } from "../../../kernel/duration.ts";
import type { Job, Tx } from "../../../store/types.ts";
import type { ServiceKey } from "../arn.ts";
import type { EcsPorts } from "../ports.ts";
import { ecsPrincipal } from "../role.ts";
import { dropTags } from "../tags/tags.ts";
import { stopTask } from "../tasks/stop.ts";
import { type Deployment, deploymentId, findDeployment, numberOf, putDeployment } from "./deployment.ts";
import { addEvents } from "./events.ts";
import {
  type InspectedService,
  inspectService,
  type PendingShift,
  type PulledDigests,
} from "./inspection.ts";
import { emitNotices, messagesOf } from "./notices.ts";
import { tellUnplaced } from "./placement-notice.ts";
import { forgetService } from "./removal.ts";
import type { Revision } from "./revision.ts";
import type { Notice, SchedulePlan } from "./schedule.ts";
import { changeService, findService, type Service, type ServiceDocument } from "./service.ts";
import {
  currentServiceDeployment,
  findServiceDeployment,
  putServiceDeployment,
} from "./service-deployment.ts";
import { enqueueService, serviceOfJob } from "./service-job.ts";
import { type Started, startTasks } from "./start-tasks.ts";
import { deleteTaskSetRow, listTaskSets, putTaskSet, type TaskSet } from "./task-set.ts";

/** Ours, for AWS's "some time": how long a deleted service can still be described. */
const inactiveStays = hour;

/** When tasks that found no place are tried again. What changes the cluster's instances wakes the scheduler at once. */
const placedAgainAfter = 15 * second;

/** A plan, and what it was made of. */
interface ApplyInput {
  readonly job: Job;
  /** The version of the service that the plan is for. */
  readonly version: number;
  readonly plan: SchedulePlan;
  readonly pulled: PulledDigests;
}

/** The scheduler's own bookkeeping: only ECS may ask for it, so there is no policy to ask. */
export interface SchedulingOperations {
  /** A service as it is now; `undefined` when it is forgotten. */
  readonly inspect: InternalOperation<ServiceKey, never, InspectedService | undefined>;
  /**
   * Carries a plan out and ends its job, in one transaction. A plan of an older version is dropped, and the service
   * looked at again. False when the job was somebody else's by then.
   */
  readonly apply: InternalOperation<ApplyInput, unknown, boolean>;
  /** Writes that the listeners do what a service deployment has asked for. */
  readonly settleShift: InternalOperation<
    { readonly key: ServiceKey } & Pick<PendingShift, "deployment" | "wanted">,
    unknown,
    void
  >;
  /** Ends a job of a service that is gone, or deleted so long ago that it is forgotten now. */
  readonly forget: InternalOperation<{ readonly job: Job; readonly gone: boolean }, unknown, boolean>;
}

export function createSchedulingOperations({ jobs }: Pick<EcsPorts, "jobs">): SchedulingOperations {
  const own = { service: "ecs", onlyFor: ecsPrincipal, authorise: () => [], unrecorded: true } as const;
  return {
    inspect: {
      ...own,
      name: "InspectService",
      read: (ctx, key) => inspectService(ctx.rows, key, ctx.now),
    },
    apply: {
      ...own,
      name: "ApplyServicePlan",
      async commit(tx, ctx, { job, version, plan, pulled }) {
        if (!(await jobs.finish(tx, job))) return false;
        const key = serviceOfJob(job);
        const service = await findService(tx, key);
        if (service === undefined) return true;
        if (service.version !== version) {
          await enqueueService(tx, key);
          return true;
        }
        await new Application(tx, ctx, service, plan).run(pulled);
        return true;
      },
    },
    settleShift: {
      ...own,
      name: "SettleTrafficShift",
      async commit(tx, ctx, { key, deployment: id, wanted }) {
        const service = await findService(tx, key);
        const deployment = await findServiceDeployment(tx, key, id);
        const traffic = deployment?.progress.traffic;
        // Something else may be wanted by now: then that is to be applied.
        if (service === undefined || deployment === undefined || !isDeepStrictEqual(traffic?.wanted, wanted))
          return;
        const { progress } = deployment;
        const applied = { wanted, applied: wanted, appliedAt: ctx.now };
        await putServiceDeployment(tx, {
          ...deployment,
          updatedAt: ctx.now,
          progress: { ...progress, traffic: applied },
        });
        await changeService(tx, service, {});
      },
    },
    forget: {
      ...own,
      name: "ForgetService",
      async commit(tx, ctx, { job, gone }) {
        if (!(await jobs.finish(tx, job))) return false;
        const service = await findService(tx, serviceOfJob(job));
        if (service === undefined || service.status !== "INACTIVE" || gone) return true;
        const until = (service.document.inactiveSince ?? ctx.now) + inactiveStays;
        if (until > ctx.now) await enqueueService(tx, service.key, until);
        else await forgetService(tx, service);
        return true;
      },
    },
  };
}

/** One plan being carried out. */
class Application {
  readonly #tx: Tx;
  readonly #ctx: Parameters<typeof startTasks>[1];
  readonly #service: Service;
  readonly #plan: SchedulePlan;

  constructor(tx: Tx, ctx: Parameters<typeof startTasks>[1], service: Service, plan: SchedulePlan) {
    this.#tx = tx;
    this.#ctx = ctx;
    this.#service = service;
    this.#plan = plan;
  }

  async run(pulled: PulledDigests): Promise<void> {
    const { key } = this.#service;
    const plan = this.#plan;
    const primary = await this.#writeDeployments(pulled);
    const taskSets = await this.#writeTaskSets();
    await this.#writeProgress();
    const started = await this.#start(taskSets);
    await this.#stop();
    const state = tellUnplaced(plan.state, started, this.#ctx.now);
    const notices = [...plan.notices, ...this.#moves(started), ...state.notices];
    const { document, status } = this.#document(primary);
    const messages = messagesOf(key, notices);
    const changed =
      document !== this.#service.document ||
      status !== this.#service.status ||
      state.state !== this.#service.state ||
      messages.length > 0 ||
      plan.deployments.length + plan.taskSets.length + plan.goneTaskSets.length > 0;
    if (changed) {
      const events = addEvents(this.#service.events, messages, this.#ctx);
      await changeService(this.#tx, this.#service, { document, status, state: state.state, events });
    }
    await emitNotices(this.#tx, key, notices, this.#ctx);
    if (status === "INACTIVE") await dropTags(this.#tx, this.#service.arn);
    const retry = started.unplaced > 0 ? this.#ctx.now + placedAgainAfter : undefined;
    const wakes = [
      plan.wakeAt,
      retry,
      status === "INACTIVE" ? this.#ctx.now + inactiveStays : undefined,
    ].filter((at) => at !== undefined);
    if (wakes.length > 0) await enqueueService(this.#tx, key, Math.min(...wakes));
  }

  /** Writes the deployments that have changed. @returns what is to be PRIMARY now, when that is another one. */
  async #writeDeployments(pulled: PulledDigests): Promise<Deployment | undefined> {
    const changes = new Map(this.#plan.deployments.map((one) => [one.id, one]));
    let primary: Deployment | undefined;
    for (const id of new Set([...changes.keys(), ...Object.keys(pulled)])) {
      const deployment = await findDeployment(this.#tx, this.#service.key, numberOf(id));
      if (deployment === undefined) continue;
      const change = changes.get(id);
      const { document } = deployment;
      const moved = change !== undefined && change.rollout !== document.rollout;
      const next: Deployment = {
        ...deployment,
        status: change?.status ?? deployment.status,
        document: {
          ...document,
          revision: withDigests(document.revision, pulled[id]),
          ...(change !== undefined && { fortune: change.fortune, rollout: change.rollout }),
          updatedAt: moved ? this.#ctx.now : document.updatedAt,
        },
      };
      await putDeployment(this.#tx, next);
      if (next.status === "PRIMARY") primary = next;
    }
    return primary;
  }

  async #writeTaskSets(): Promise<readonly TaskSet[]> {
    if (this.#service.document.controller === "ECS") return [];
    const taskSets = await listTaskSets(this.#tx, this.#service.key);
    const changes = new Map(this.#plan.taskSets.map((one) => [one.id, one]));
    for (const taskSet of taskSets) {
      const id = deploymentId(taskSet.number);
      if (this.#plan.goneTaskSets.includes(id)) await deleteTaskSetRow(this.#tx, taskSet);
      const change = changes.get(id);
      if (change === undefined) continue;
      const { document } = taskSet;
      const turned = change.stable !== document.stable;
      await putTaskSet(this.#tx, {
        ...taskSet,
        document: {
          ...document,
          fortune: change.fortune,
          stable: change.stable,
          stabilityAt: turned ? this.#ctx.now : document.stabilityAt,
        },
      });
    }
    return taskSets;
  }

  async #writeProgress(): Promise<void> {
    const { progress } = this.#plan;
    const { key } = this.#service;
    const deployment =
      progress === undefined
        ? undefined
        : ((await currentServiceDeployment(this.#tx, key)) ??
          (await findServiceDeployment(this.#tx, key, progress.id)));
    if (progress === undefined || deployment?.progress.id !== progress.id) return;
    await putServiceDeployment(this.#tx, { ...deployment, progress, updatedAt: this.#ctx.now });
  }

  async #start(taskSets: readonly TaskSet[]): Promise<Started> {
    const tasks: Started["tasks"][number][] = [];
    const failures: Started["failures"][number][] = [];
    let unplaced = 0;
    for (const start of this.#plan.start) {
      const number = numberOf(start.deployment);
      const found =
        taskSets.find((one) => one.number === number) ??
        (await findDeployment(this.#tx, this.#service.key, number));
      if (found === undefined) continue;
      const started = await startTasks(this.#tx, this.#ctx, this.#service, found.document, start);
      tasks.push(...started.tasks);
      failures.push(...started.failures);
      unplaced += started.unplaced;
    }
    return { tasks, failures, unplaced };
  }

  async #stop(): Promise<void> {
    for (const { task, cause, by, targetGroupArn } of this.#plan.stop) {
      await stopTask(
        this.#tx,
        this.#ctx,
        { ...this.#service.key, id: task },
        {
          stopCode: "ServiceSchedulerInitiated",
          reason:
            targetGroupArn !== undefined
              ? `Task failed ELB health checks in (target-group ${targetGroupArn})`
              : cause === "unhealthy"
                ? "Task failed container health checks"
                : `Scaling activity initiated by (deployment ${by})`,
        },
      );
    }
  }

  /** What the service says of the tasks that it has started and stopped. */
  #moves({ tasks }: Started): readonly Notice[] {
    const { stop } = this.#plan;
    const named = (ids: readonly string[]): string => ids.map((id) => `(task ${id})`).join(" ");
    const running = stop.filter(({ pending }) => !pending).map(({ task }) => task);
    const pending = stop.filter((one) => one.pending).length;
    const started = tasks.map(({ id }) => id);
    return [
      ...(started.length > 0
        ? [{ message: ` has started ${started.length} tasks: ${named(started)}.` }]
        : []),
      ...(running.length > 0
        ? [{ message: ` has stopped ${running.length} running tasks: ${named(running)}.` }]
        : []),
      ...(pending > 0 ? [{ message: ` stopped ${pending} pending tasks.` }] : []),
    ];
  }

  #document(primary: Deployment | undefined): {
    readonly document: ServiceDocument;
    readonly status: Service["status"];
  } {
    const { document } = this.#service;
    const { desiredCount, status = this.#service.status } = this.#plan;
    const revised = primary !== undefined && !isDeepStrictEqual(primary.document.revision, document.revision);
    if (!revised && desiredCount === undefined && status !== "INACTIVE") return { document, status };
    return {
      status,
      document: {
        ...document,
        ...(primary !== undefined && { revision: primary.document.revision }),
        ...(desiredCount !== undefined && { desiredCount }),
        ...(status === "INACTIVE" && { inactiveSince: this.#ctx.now }),
      },
    };
  }
}

function withDigests(revision: Revision, digests: Readonly<Record<string, string>> | undefined): Revision {
  if (digests === undefined) return revision;
  return {
    ...revision,
    containerImages: revision.containerImages.map((image) => ({
      ...image,
      ...(digests[image.containerName] !== undefined && { imageDigest: digests[image.containerName] }),
    })),
  };
}
