import type { CallContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { emitServiceEvent } from "../../../dispatch/service-event.ts";
import { emitServiceMetrics } from "../../../dispatch/service-metric.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Job, Jobs, Tx } from "../../../store/types.ts";
import { type Activity, type ActivityDocument, findActivity, keepActivity } from "../activities/activity.ts";
import type { GroupKey } from "../arn.ts";
import type { GroupInstance } from "../instances/instance.ts";
import { autoScalingPrincipal } from "../principal.ts";
import { groupEvent, type TellOf } from "./event.ts";
import { deleteGroupRow, findGroup, type Group, type GroupDocument, writeGroup } from "./group.ts";
import { enqueueGroup, groupOfJob } from "./group-job.ts";
import { groupMetrics } from "./metrics.ts";

/** What a plan has decided for a group. */
export interface GroupDecision {
  readonly key: GroupKey;
  /** The version that was decided about; nothing is written when there is another by now. */
  readonly version: number;
  readonly document: GroupDocument;
  readonly started: readonly Pick<Activity, "id" | "startedAt" | "document">[];
  readonly ended: readonly {
    readonly id: string;
    readonly status: ActivityDocument["status"];
    readonly message?: string;
  }[];
  readonly events: readonly TellOf[];
  readonly gone: boolean;
}

/** What became of a launch. */
export interface LaunchOutcome {
  readonly key: GroupKey;
  /** The instance's key. */
  readonly instance: string;
  readonly launched?: Pick<GroupInstance, "type" | "zone"> &
    Required<Pick<GroupInstance, "id">> &
    Pick<GroupInstance, "image" | "subnet" | "configuration" | "template">;
  /** What EC2 said. */
  readonly failure?: string;
}

/** The books that EC2 Auto Scaling keeps of its own work. */
export interface GroupOperations {
  readonly inspect: InternalOperation<GroupKey, never, Group | undefined>;
  readonly decide: InternalOperation<GroupDecision, unknown, boolean>;
  readonly settleLaunch: InternalOperation<LaunchOutcome, unknown, object>;
  /** The target groups in which an instance is registered now. */
  readonly settleTargets: InternalOperation<
    { readonly key: GroupKey; readonly instance: string; readonly registered: readonly string[] },
    unknown,
    object
  >;
  /** EC2 has ended the instance. */
  readonly settleEnd: InternalOperation<
    { readonly key: GroupKey; readonly instance: string },
    unknown,
    object
  >;
  readonly rest: InternalOperation<
    { readonly job: Job; readonly until: number | undefined },
    unknown,
    object
  >;
}

/** Ours: how long no launch is tried after one that failed, in ms, and the longest. */
const firstPause = 10_000;
const longestPause = 5 * 60_000;

export function createGroupOperations({ jobs }: { readonly jobs: Jobs }): GroupOperations {
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  const own = {
    service: "autoscaling",
    onlyFor: autoScalingPrincipal,
    unrecorded: true,
    authorise: () => [],
  } as const;
  return {
    inspect: { ...own, name: "InspectGroup", read: (ctx, key) => findGroup(ctx.rows, key) },
    decide: { ...own, name: "DecideGroup", commit: decide },
    settleLaunch: { ...own, name: "SettleLaunch", commit: settleLaunch },
    settleTargets: {
      ...own,
      name: "SettleTargets",
      async commit(tx, _ctx, { key, instance, registered }) {
        await changeOne(tx, key, instance, (one) => ({ ...one, registered }));
        return {};
      },
    },
    settleEnd: {
      ...own,
      name: "SettleEnd",
      async commit(tx, ctx, { key, instance }) {
        const group = await findGroup(tx, key);
        const ended = group?.document.instances.find((one) => one.key === instance);
        if (group === undefined || ended === undefined) return {};
        await endActivity(tx, ctx, group, ended.activity, "Successful");
        await tell(tx, ctx, group, {
          type: "terminated",
          instance: ended.id ?? "",
          activity: ended.activity ?? "",
        });
        await writeGroup(tx, group, {
          ...group.document,
          scaledAt: ctx.now,
          instances: group.document.instances.filter((one) => one !== ended),
        });
        return {};
      },
    },
    rest: {
      ...own,
      name: "RestGroup",
      async commit(tx, ctx, { job, until }) {
        if (!(await jobs.finish(tx, job))) return {};
        const key = groupOfJob(job);
        const group = await findGroup(tx, key);
        if (group === undefined) return {};
        if (until !== undefined) await enqueueGroup(tx, key, until);
        await emitServiceMetrics(tx, uuid(ctx.random), key, groupMetrics(group, ctx.now));
        return {};
      },
    },
  };
}

async function decide(tx: Tx, ctx: CallContext, decision: GroupDecision): Promise<boolean> {
  const group = await findGroup(tx, decision.key);
  if (group === undefined || group.version !== decision.version) return false;
  for (const activity of decision.started) await keepActivity(tx, group, activity);
  for (const { id, status, message } of decision.ended)
    await endActivity(tx, ctx, group, id, status, message);
  for (const event of decision.events) await tell(tx, ctx, group, event);
  if (decision.gone) await deleteGroupRow(tx, group);
  else await writeGroup(tx, group, decision.document);
  return true;
}

async function settleLaunch(
  tx: Tx,
  ctx: CallContext,
  { key, instance: instanceKey, launched, failure = "" }: LaunchOutcome,
): Promise<object> {
  const group = await findGroup(tx, key);
  const instance = group?.document.instances.find((one) => one.key === instanceKey);
  if (group === undefined || instance === undefined || instance.id !== undefined) return {};
  const { document } = group;
  if (launched !== undefined) {
    const activity = await findActivity(tx, key, instance.activity ?? "");
    if (activity !== undefined && instance.state === "Pending") {
      const description = `Launching a new EC2 instance: ${launched.id}`;
      await keepActivity(tx, group, {
        ...activity,
        document: { ...activity.document, description, status: "InProgress", progress: 30 },
      });
    }
    const { failure: _over, ...rest } = document;
    await writeGroup(tx, group, {
      ...rest,
      instances: document.instances.map((one) => (one === instance ? { ...one, ...launched } : one)),
    });
    return {};
  }
  await endActivity(tx, ctx, group, instance.activity, "Failed", failure);
  await tell(tx, ctx, group, { type: "launch-failed", instance: "", activity: instance.activity ?? "" });
  const times = (document.failure?.times ?? 0) + 1;
  const pause = Math.min(firstPause * 2 ** (times - 1), longestPause);
  await writeGroup(tx, group, {
    ...document,
    instances: document.instances.filter((one) => one !== instance),
    failure: { times, until: ctx.now + pause },
  });
  return {};
}

async function changeOne(
  tx: Tx,
  key: GroupKey,
  instance: string,
  change: (one: GroupInstance) => GroupInstance,
): Promise<void> {
  const group = await findGroup(tx, key);
  if (group === undefined) return;
  const instances = group.document.instances.map((one) => (one.key === instance ? change(one) : one));
  await writeGroup(tx, group, { ...group.document, instances });
}

async function endActivity(
  tx: Tx,
  ctx: CallContext,
  group: Group,
  id: string | undefined,
  status: ActivityDocument["status"],
  message?: string,
): Promise<void> {
  const activity = id === undefined ? undefined : await findActivity(tx, group, id);
  if (activity === undefined) return;
  await keepActivity(tx, group, {
    ...activity,
    document: {
      ...activity.document,
      status,
      progress: 100,
      endedAt: ctx.now,
      ...(message !== undefined && { message }),
    },
  });
}

async function tell(tx: Tx, ctx: CallContext, group: Group, what: TellOf): Promise<void> {
  const activity = await findActivity(tx, group, what.activity);
  const event = groupEvent(group, what, activity, ctx.now, uuid(ctx.random));
  await emitServiceEvent(tx, uuid(ctx.random), event);
}
