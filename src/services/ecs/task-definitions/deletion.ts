import type { InternalOperation } from "../../../dispatch/operation.ts";
import { hour, minute } from "../../../kernel/duration.ts";
import type { Job, NewJob, Rows } from "../../../store/types.ts";
import { type Scope, taskDefinitionArn } from "../arn.ts";
import type { EcsPorts } from "../ports.ts";
import { ecsPrincipal } from "../role.ts";
import type { DeploymentDocument } from "../services/deployment.ts";
import type { ServiceTables } from "../services/service-store.ts";
import { dropTags } from "../tags/tags.ts";
import type { TaskTables } from "../tasks/task-store.ts";
import type { TaskDefinitionTables } from "./task-definition-store.ts";

const deletionQueue = "ecs.task-definition-deletion";

/** Ours: how long a revision that nothing refers to can still be described, and how often it is looked at after that. */
const describable = hour;
const patience = 5 * minute;

interface DeletionJob {
  readonly family: string;
  readonly revision: number;
}

/** The job that removes a revision which was deleted. @param now epoch ms */
export function deletionJob(scope: Scope, { family, revision }: DeletionJob, now: number): NewJob {
  return {
    queue: deletionQueue,
    key: taskDefinitionArn(scope, family, revision),
    account: scope.account,
    region: scope.region,
    payload: { family, revision } satisfies DeletionJob,
    notBefore: now + describable,
  };
}

/** Removes what DeleteTaskDefinitions gave up, once no task and no service refers to it (API Reference). */
export const taskDefinitionDeletion = ({ jobs }: Pick<EcsPorts, "jobs">) => ({
  queue: deletionQueue,
  servicePrincipal: ecsPrincipal,
  conclude: {
    service: "ecs",
    name: "ConcludeTaskDefinitionDeletion",
    onlyFor: ecsPrincipal,
    // ECS's own bookkeeping: there is no policy to ask.
    authorise: () => [],
    unrecorded: true,
    async commit(tx, ctx, { job }) {
      if (!(await jobs.finish(tx, job))) return false;
      const deletion = job.payload as DeletionJob;
      const { family, revision } = deletion;
      const scope = { account: job.account, region: job.region };
      if (await isReferredTo(tx, scope, deletion)) {
        await tx.enqueue({ ...deletionJob(scope, deletion, ctx.now), notBefore: ctx.now + patience });
        return true;
      }
      await tx
        .tables<TaskDefinitionTables>()
        .deleteFrom("ecs_task_definition")
        .where("account", "=", scope.account)
        .where("region", "=", scope.region)
        .where("family", "=", family)
        .where("revision", "=", revision)
        .where("status", "=", "DELETE_IN_PROGRESS")
        .execute();
      await dropTags(tx, taskDefinitionArn(scope, family, revision));
      return true;
    },
  } satisfies InternalOperation<{ readonly job: Job }, unknown, boolean>,
});

/** Whether a task that lives, or a deployment that a service keeps up, runs the revision. */
async function isReferredTo(rows: Rows, scope: Scope, { family, revision }: DeletionJob): Promise<boolean> {
  const task = await rows
    .tables<TaskTables>()
    .selectFrom("ecs_task")
    .select("id")
    .where("account", "=", scope.account)
    .where("region", "=", scope.region)
    .where("family", "=", family)
    .where("revision", "=", revision)
    .where("last_status", "<>", "STOPPED")
    .limit(1)
    .executeTakeFirst();
  if (task !== undefined) return true;
  const deployments = await rows
    .tables<ServiceTables>()
    .selectFrom("ecs_deployment")
    .select("document")
    .where("account", "=", scope.account)
    .where("region", "=", scope.region)
    .where("status", "<>", "INACTIVE")
    .execute();
  const arn = taskDefinitionArn(scope, family, revision);
  return deployments.some(
    ({ document }) => (JSON.parse(document) as DeploymentDocument).revision.taskDefinition === arn,
  );
}
