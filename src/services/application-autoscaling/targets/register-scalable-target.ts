import type * as autoscaling from "@aws-sdk/client-application-auto-scaling";
import { DescribeServicesCommand } from "@aws-sdk/client-ecs";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { InputOf, WriteOperation } from "../../../dispatch/operation.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { type Scope, targetArn } from "../arn.ts";
import { limitExceeded, validation } from "../faults.ts";
import { onTarget, serviceOf, targetNamed } from "../named.ts";
import { scalingJob } from "../scaling/scaling-job.ts";
import type { AutoScalingTables } from "../store.ts";
import { readTags, tagContext } from "../tags/tags.ts";
import { asRole, holdRole, noRole, prepareRole } from "./scaling-role.ts";
import { findTarget, keepTarget, type Suspension, type Target } from "./target.ts";

type Input = InputOf<typeof autoscaling, "RegisterScalableTarget">;

/** Targets of an account and region (User Guide, "Quotas for Application Auto Scaling", of Amazon ECS). */
const mostTargets = 3_000;

const nothingSuspended: Suspension = { scaleIn: false, scaleOut: false, scheduled: false };

/** Makes a service of ECS scalable, or changes its bounds. What is outside of the bounds then is brought inside. */
export const registerScalableTarget: WriteOperation<typeof autoscaling, "RegisterScalableTarget"> = {
  name: "RegisterScalableTarget",
  // AWS: what is being made counts as tagged already (its managed policy for express services relies on it).
  authorise: (input, ctx) =>
    onTarget("RegisterScalableTarget", input, ctx, {
      ...tagContext(input.Tags),
      ...asResourceTags(input.Tags),
    }),
  async prepare(ctx, input) {
    const key = targetNamed(input, ctx);
    const before = await findTarget(ctx.rows, key);
    readTarget(input, before, { key, id: "", now: ctx.now });
    await prepareRole(ctx);
    if (before === undefined) await needService(ctx, key.resourceId);
    return undefined;
  },
  async commit(tx, ctx, input) {
    await holdRole(tx, ctx.account);
    const key = targetNamed(input, ctx);
    const before = await findTarget(tx, key);
    if (before === undefined && (await countTargets(tx, key)) >= mostTargets)
      throw limitExceeded(`There can be no more than ${mostTargets} scalable targets of Amazon ECS.`);
    const id = before?.id ?? `0${ctx.random.bytes(18).toString("hex").slice(1)}`;
    const target = readTarget(input, before, { key, id, now: ctx.now });
    await keepTarget(tx, target);
    await tx.enqueue(scalingJob(key, { kind: "bounds" }));
    if (before === undefined) await tx.bumpEpoch(ctx.account);
    return { ScalableTargetARN: targetArn(key, target.id) };
  },
};

/** The target as it shall be. @throws Fault `ValidationException`, `TooManyTagsException` */
function readTarget(
  input: Input,
  before: Target | undefined,
  made: { readonly key: Target["key"]; readonly id: string; readonly now: number },
): Target {
  const min = input.MinCapacity ?? before?.min;
  const max = input.MaxCapacity ?? before?.max;
  if (min === undefined || max === undefined)
    throw validation("Both MinCapacity and MaxCapacity must be specified to register a scalable target.");
  checkBounds(min, max);
  const { SuspendedState: given } = input;
  const suspended = before?.suspended ?? nothingSuspended;
  return {
    key: made.key,
    id: made.id,
    min,
    max,
    suspended: {
      scaleIn: given?.DynamicScalingInSuspended ?? suspended.scaleIn,
      scaleOut: given?.DynamicScalingOutSuspended ?? suspended.scaleOut,
      scheduled: given?.ScheduledScalingSuspended ?? suspended.scheduled,
    },
    createdAt: before?.createdAt ?? made.now,
    // AWS: tags of a target that is there are changed by TagResource only.
    tags: before?.tags ?? readTags([], input.Tags ?? {}, targetArn(made.key, made.id)),
    cooldowns: before?.cooldowns ?? {},
  };
}

/** @throws Fault `ValidationException`. Ours, but for the last sentence. */
export function checkBounds(min: number, max: number): void {
  if (min < 0) throw validation("Minimum capacity must be greater than or equal to 0");
  if (max < 0) throw validation("Maximum capacity must be greater than or equal to 0");
  if (max < min) throw validation("Maximum capacity cannot be less than minimum capacity");
}

/** Looks, as the role, whether there is such a service. @throws Fault `ValidationException` */
async function needService(ctx: PrepareContext, resourceId: string): Promise<void> {
  const { cluster, service } = serviceOf(resourceId);
  try {
    const { services = [] } = await asRole(ctx).send(
      new DescribeServicesCommand({ cluster, services: [service] }),
    );
    if (services.some(({ status }) => status === "ACTIVE")) return;
  } catch (error) {
    if (isFault(error, "AccessDenied", "AccessDeniedException")) throw noRole(ctx.account);
    if (!isFault(error)) throw error;
  }
  throw validation(`ECS service doesn't exist: ${resourceId}`);
}

async function countTargets(rows: Rows, { account, region }: Scope): Promise<number> {
  const { targets } = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_target")
    .select(({ fn }) => fn.countAll<number | string>().as("targets"))
    .where((is) => is.and({ account, region }))
    .executeTakeFirstOrThrow();
  return Number(targets);
}

function asResourceTags(tags: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}
