import { hour } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { NewJob, Rows, Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { columnsOf } from "../repositories/repository.ts";
import type { LifecyclePolicyRow, LifecycleTables } from "./store.ts";

/** The queue of the lifecycle loop. */
export const lifecycleQueue = "ecr.lifecycle";

/** The principal under which ECR does its own work. */
export const ecrPrincipal = "ecr.amazonaws.com";

/** What there is to do for a repository. */
export interface LifecycleJob {
  readonly repositoryName: string;
  /**
   * `timer`: the policy is evaluated again and again; `change`: once, because images or the policy changed;
   * `references`: what referred to a deleted image is removed.
   */
  readonly work: "timer" | "change" | "preview" | "references";
  /** With `references`: the digest of the image that was deleted. */
  readonly subject?: string;
}

/** The job for a repository; equal work coalesces. `notBefore` is epoch ms. */
export function lifecycleJob(
  repository: RepositoryKey,
  work: LifecycleJob["work"],
  notBefore?: number,
): NewJob & { readonly payload: LifecycleJob } {
  const { account, region, name } = repository;
  return {
    queue: lifecycleQueue,
    key: [work, account, region, name].join(" "),
    account,
    region,
    payload: { repositoryName: name, work },
    notBefore,
  };
}

/** AWS removes the reference artifacts of a deleted image within 24 hours; here after 12, so a new push saves them. */
const referencesStayFor = 12 * hour;

/** The job that removes what referred to an image, unless it is there again by then. `now` is epoch ms. */
export function referencesJob(repository: RepositoryKey, subject: string, now: number): NewJob {
  const job = lifecycleJob(repository, "references", now + referencesStayFor);
  return { ...job, key: `${job.key} ${subject}`, payload: { ...job.payload, subject } };
}

/** A repository's lifecycle policy, or `undefined`. */
export async function findLifecyclePolicy(
  rows: Rows,
  repository: RepositoryKey,
): Promise<LifecyclePolicyRow | undefined> {
  return rows
    .tables<LifecycleTables>()
    .selectFrom("ecr_lifecycle_policy")
    .selectAll()
    .where((row) => row.and(columnsOf(repository)))
    .executeTakeFirst();
}

/** A repository's lifecycle policy. Throws `LifecyclePolicyNotFoundException` (captured). */
export async function needLifecyclePolicy(
  rows: Rows,
  repository: RepositoryKey,
): Promise<LifecyclePolicyRow> {
  const found = await findLifecyclePolicy(rows, repository);
  if (found !== undefined) return found;
  throw new Fault(
    "LifecyclePolicyNotFoundException",
    `Lifecycle policy does not exist for the repository with name '${repository.name}' in the registry with id '${repository.account}'`,
  );
}

/** Puts a policy on a repository and has it evaluated, now and from time to time. `id` is a UUID. */
export async function setLifecyclePolicy(
  tx: Tx,
  repository: RepositoryKey,
  policy: string,
  id: string,
): Promise<void> {
  await tx
    .tables<LifecycleTables>()
    .insertInto("ecr_lifecycle_policy")
    .values({ ...columnsOf(repository), policy, policy_id: id, version: 1, evaluated_at: null })
    .onConflict((conflict) =>
      conflict.columns(["account", "region", "repository"]).doUpdateSet((row) => ({
        policy,
        version: row("ecr_lifecycle_policy.version", "+", 1),
        evaluated_at: null,
      })),
    )
    .execute();
  await tx.enqueue(lifecycleJob(repository, "timer"));
}

/** AWS: a policy that was never evaluated says 0 (captured). */
export function lastEvaluatedAt({ evaluated_at: at }: LifecyclePolicyRow): Date {
  return new Date(at ?? 0);
}
