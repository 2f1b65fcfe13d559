import type { CallContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { hour } from "../../../kernel/duration.ts";
import type { Job, Tx } from "../../../store/types.ts";
import { type RepositoryKey, repositoryOf } from "../arn.ts";
import { type EventImage, emitImageActions } from "../events.ts";
import { deleteImage, subjectReferrers } from "../images/delete-image.ts";
import { imagesAmong } from "../images/images.ts";
import { imagesByDigest, tagsByDigest } from "../images/list-images.ts";
import { archiveImage } from "../images/storage-class.ts";
import type { EcrPorts } from "../ports.ts";
import { columnsOf, findRepository } from "../repositories/repository.ts";
import { lifecycleImages } from "./images.ts";
import { ecrPrincipal, findLifecyclePolicy, type LifecycleJob, lifecycleJob } from "./jobs.ts";
import { type LifecycleAction, type LifecycleImage, planLifecycle } from "./plan.ts";
import { readLifecyclePolicy } from "./policy.ts";
import { completePreview, findPreview } from "./preview.ts";
import type { LifecyclePolicyRow, LifecycleTables } from "./store.ts";

/** AWS acts within 24 hours of the moment that an image meets a rule; here a policy is looked at once an hour. */
const evaluateEvery = hour;

/** An action with the image as it was when it was planned. */
export interface PlannedAction {
  readonly action: LifecycleAction;
  readonly image: LifecycleImage;
}

/** What a policy asks for now, and which version of it. */
export interface LifecycleEvaluation {
  readonly policy: Pick<LifecyclePolicyRow, "policy" | "policy_id" | "version" | "evaluated_at">;
  readonly actions: readonly PlannedAction[];
}

interface EvaluateInput {
  readonly repositoryName: string;
  /** Whether the policy of the preview that was begun is meant, not the repository's own. */
  readonly preview: boolean;
}

interface ExecuteInput extends LifecycleEvaluation {
  readonly repositoryName: string;
}

interface Execution {
  readonly done: readonly PlannedAction[];
  /** What could not be done, in words. */
  readonly failed: readonly { readonly planned: PlannedAction; readonly reason: string }[];
}

interface SettleInput {
  readonly job: Job;
  /** The result of a preview. */
  readonly previewed?: LifecycleEvaluation;
}

/** ECR's own work on lifecycle policies: only ECR may ask for it, so there is no policy to ask. */
export interface LifecycleOperations {
  /** What there is to do; `undefined` when repository or policy are gone. */
  readonly evaluate: InternalOperation<EvaluateInput, never, LifecycleEvaluation | undefined>;
  /** Does a part of it; recorded as `PolicyExecutionEvent`. What has changed since the evaluation is left alone. */
  readonly execute: InternalOperation<ExecuteInput, unknown, Execution>;
  /** Ends the job in one transaction with what follows from it; false when it is somebody else's by now. */
  readonly settle: InternalOperation<SettleInput, unknown, boolean>;
}

export function createLifecycleOperations({ jobs }: Pick<EcrPorts, "jobs">): LifecycleOperations {
  const own = { service: "ecr", onlyFor: ecrPrincipal, authorise: () => [] } as const;
  return {
    evaluate: {
      ...own,
      name: "EvaluateLifecyclePolicy",
      unrecorded: true,
      async read(ctx, input) {
        const repository = repositoryOf(input, ctx);
        const policy = input.preview
          ? await previewPolicy(ctx.rows, repository)
          : await findLifecyclePolicy(ctx.rows, repository);
        if (policy === undefined) return undefined;
        const images = await lifecycleImages(ctx.rows, repository);
        const byDigest = new Map(images.map((image) => [image.digest, image]));
        const actions = planLifecycle(readLifecyclePolicy(policy.policy), images, ctx.now);
        return {
          policy,
          actions: actions.flatMap((action) => {
            const image = byDigest.get(action.digest);
            return image === undefined ? [] : [{ action, image }];
          }),
        };
      },
    },
    execute: {
      ...own,
      name: "ExecuteLifecyclePolicy",
      eventName: "PolicyExecutionEvent",
      async commit(tx, ctx, input): Promise<Execution> {
        const repository = repositoryOf(input, ctx);
        const policy = await findLifecyclePolicy(tx, repository);
        const same = policy?.policy_id === input.policy.policy_id && policy.version === input.policy.version;
        if (!same) return { done: [], failed: [] };
        const execution = await act(tx, repository, input.actions, ctx);
        const gone = execution.done.filter(({ action }) => action.type === "expire").flatMap(namesOf);
        await emitImageActions(tx, ctx, repository, "DELETE", gone);
        return execution;
      },
      serviceEvent: (input, output) => policyExecution(input, output),
    },
    settle: {
      ...own,
      name: "SettleLifecyclePolicy",
      unrecorded: true,
      async commit(tx, ctx, { job, previewed }) {
        if (!(await jobs.finish(tx, job))) return false;
        const { repositoryName, work, subject } = job.payload as LifecycleJob;
        const repository = await findRepository(tx, { ...repositoryOf({ repositoryName }, ctx) });
        if (repository === undefined) return true;
        if (work === "preview") {
          await completePreview(tx, repository, previewed?.actions ?? []);
          return true;
        }
        if (work === "references") {
          await removeReferences(tx, repository, subject ?? "", ctx.now);
          return true;
        }
        if ((await findLifecyclePolicy(tx, repository)) === undefined) return true;
        await tx
          .tables<LifecycleTables>()
          .updateTable("ecr_lifecycle_policy")
          .set({ evaluated_at: ctx.now })
          .where((row) => row.and(columnsOf(repository)))
          .execute();
        if (work === "timer") await tx.enqueue(lifecycleJob(repository, "timer", ctx.now + evaluateEvery));
        return true;
      },
    },
  };
}

/** The policy of the preview under way, in the shape of a repository's own. */
async function previewPolicy(
  ...at: Parameters<typeof findPreview>
): Promise<LifecycleEvaluation["policy"] | undefined> {
  const preview = await findPreview(...at);
  return preview && { policy: preview.policy, policy_id: "", version: 0, evaluated_at: null };
}

/** Does what is still as it was planned. */
async function act(
  tx: Tx,
  repository: RepositoryKey,
  planned: readonly PlannedAction[],
  ctx: Pick<CallContext, "requestId" | "now">,
): Promise<Execution> {
  const digests = planned.map(({ action }) => action.digest);
  const images = await imagesByDigest(tx, repository, digests);
  const statuses = new Map(images.map(({ digest, status }) => [digest, status]));
  const tags = await tagsByDigest(tx, repository, digests);
  const done: PlannedAction[] = [];
  const failed: Execution["failed"][number][] = [];
  for (const each of planned) {
    const { action, image } = each;
    const status = statuses.get(action.digest);
    const archived = image.archivedAt !== undefined;
    if (status === undefined || (status === "ARCHIVED") !== archived) continue;
    if (!sameTags(tags.get(action.digest) ?? [], image.tags)) continue;
    if (action.type === "archive") {
      await archiveImage(tx, repository, action.digest, ctx);
      done.push(each);
      continue;
    }
    const outcome = await deleteImage(tx, repository, { imageDigest: action.digest }, ctx.now);
    if ("failure" in outcome) failed.push({ planned: each, reason: outcome.failure.failureReason });
    else done.push(each);
  }
  return { done, failed };
}

/** The image once for each of its tags, as its deletion is told. */
function namesOf({ image: { digest, tags } }: PlannedAction): readonly EventImage[] {
  const bare = { imageDigest: digest };
  return tags.length === 0 ? [bare] : tags.map((imageTag) => ({ ...bare, imageTag }));
}

/** Removes what refers to an image that is gone, and what refers to that. */
async function removeReferences(
  tx: Tx,
  repository: RepositoryKey,
  subject: string,
  now: number,
): Promise<void> {
  if ((await imagesAmong(tx, repository, [subject])).size > 0) return;
  for (const imageDigest of await subjectReferrers(tx, repository, subject)) {
    await deleteImage(tx, repository, { imageDigest }, now);
    await removeReferences(tx, repository, imageDigest, now);
  }
}

/** Tags in any order. */
function sameTags(some: readonly string[], others: readonly string[]): boolean {
  const known = new Set(others);
  return known.size === some.length && some.every((tag) => known.has(tag));
}

/** The record of an execution (User Guide, "Logging Amazon ECR actions with AWS CloudTrail"); none when nothing was done. */
function policyExecution(
  { repositoryName, policy }: ExecuteInput,
  { done, failed }: Execution,
): Readonly<Record<string, unknown>> | undefined {
  if (done.length + failed.length === 0) return undefined;
  const shown = ({ action, image }: PlannedAction) => ({
    lifecycleEventImage: {
      digest: image.digest,
      tagStatus: image.tags.length > 0 ? "Tagged" : "Untagged",
      tagList: [...image.tags],
      pushedAt: image.pushedAt,
    },
    rulePriority: action.priority,
    action: action.type === "archive" ? "transition" : action.type,
  });
  return {
    repositoryName,
    lifecycleEventPolicy: {
      lifecycleEventRules: eventRules(policy.policy),
      lastEvaluatedAt: policy.evaluated_at ?? 0,
      policyVersion: policy.version,
      policyId: policy.policy_id,
    },
    lifecycleEventImageActions: done.map(shown),
    lifecycleEventFailureDetails: failed.map(({ planned, reason }) => ({ ...shown(planned), reason })),
  };
}

/** The rules in the record's own names. */
function eventRules(text: string): readonly Readonly<Record<string, unknown>>[] {
  const { rules } = JSON.parse(text) as {
    readonly rules: readonly {
      readonly rulePriority: number;
      readonly description?: string;
      readonly selection: Readonly<Record<string, unknown>>;
      readonly action: { readonly type: string };
    }[];
  };
  return rules.map(({ rulePriority, description = "", selection, action }) => ({
    rulePriority,
    description,
    lifecycleEventSelection: selection,
    action: action.type,
  }));
}
