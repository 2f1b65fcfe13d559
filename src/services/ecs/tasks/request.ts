import { createHash } from "node:crypto";
import type * as ecs from "@aws-sdk/client-ecs";
import type { AuthoriseContext, CallContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import { day } from "../../../kernel/duration.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import { mergeTags, type Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { type ClusterKey, clusterArn, clusterOf, taskArn, taskDefinitionArn } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { taggingPermission } from "../tags/tagging-permission.ts";
import { requestedTags, tagContext, tagsOf } from "../tags/tags.ts";
import { roleArn } from "../task-definitions/complete.ts";
import { passTaskRoles } from "../task-definitions/pass-role.ts";
import { findTaskDefinition, type TaskDefinition } from "../task-definitions/task-definition.ts";
import { applyOverrides } from "./overrides.ts";
import type { TaskTables } from "./task-store.ts";

/** What RunTask and StartTask have in common. */
export interface TaskRequest {
  readonly cluster?: string | undefined;
  readonly taskDefinition: string;
  readonly overrides?: ecs.TaskOverride | undefined;
  readonly tags?: readonly ecs.Tag[] | undefined;
  readonly enableExecuteCommand?: boolean | undefined;
  readonly volumeConfigurations?: readonly ecs.TaskVolumeConfiguration[] | undefined;
}

/** The permissions that launching tasks needs: the operation's own, its roles to be passed, its tags to be put. */
export async function launchPermissions(
  operation: "RunTask" | "StartTask",
  input: TaskRequest,
  ctx: AuthoriseContext,
  context: NonNullable<Authorisation["context"]>,
): Promise<readonly Authorisation[]> {
  const cluster = clusterOf(input.cluster, ctx);
  const definition = await named(ctx, input.taskDefinition);
  const tags = requestedTags(input.tags);
  const overrides = withRoleArns(ctx, input.overrides);
  const applied = definition && applyOverrides(definition.definition, overrides);
  return [
    {
      action: `ecs:${operation}`,
      resource: definition?.arn ?? unknownDefinition(ctx, input.taskDefinition),
      context: {
        "ecs:cluster": clusterArn(cluster),
        "ecs:enable-execute-command": String(input.enableExecuteCommand ?? false),
        "ecs:enable-ebs-volumes": String((input.volumeConfigurations ?? []).length > 0),
        ...context,
        ...tagContext(tags),
      },
    },
    ...passTaskRoles(ctx, applied?.taskRoleArn, applied?.executionRoleArn),
    ...(await taggingPermission(ctx, taskArn({ ...cluster, id: "*" }), tags, operation)),
  ];
}

/** A malformed reference is the operation's to refuse, after the caller's permission is known. */
async function named(ctx: AuthoriseContext, reference: string): Promise<TaskDefinition | undefined> {
  try {
    return await findTaskDefinition(ctx.rows, ctx, reference);
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

function unknownDefinition(ctx: AuthoriseContext, reference: string): string {
  if (reference.startsWith("arn:")) return reference;
  const [family = "", revision = "0"] = reference.split(":");
  return taskDefinitionArn(ctx, family, Number(revision) || 0);
}

/** Overrides with the ARNs of roles that are named by their names. */
export function withRoleArns(
  scope: Pick<CallContext, "account" | "region">,
  overrides: ecs.TaskOverride | undefined,
): ecs.TaskOverride {
  const { taskRoleArn, executionRoleArn, ...others } = overrides ?? {};
  return {
    ...others,
    ...(taskRoleArn && { taskRoleArn: roleArn(scope, taskRoleArn) }),
    ...(executionRoleArn && { executionRoleArn: roleArn(scope, executionRoleArn) }),
  };
}

/**
 * The tags of tasks: the request's, those of the definition when they are to be propagated, and ECS's own.
 * @param service of a service's tasks.
 */
export async function taskTags(
  rows: Rows,
  given: {
    readonly tags: readonly Tag[];
    readonly propagatedFrom?: string | undefined;
    readonly managed: boolean;
    readonly cluster: string;
    readonly service?: string;
  },
): Promise<readonly Tag[]> {
  const inherited = given.propagatedFrom === undefined ? [] : await tagsOf(rows, given.propagatedFrom);
  const own = mergeTags(inherited, given.tags);
  return given.managed ? mergeTags(own, managedTags(given.cluster, given.service)) : own;
}

/** Developer Guide, "Tagging Amazon ECS resources": what `enableECSManagedTags` adds. */
function managedTags(cluster: string, service?: string): readonly Tag[] {
  return [
    { key: "aws:ecs:clusterName", value: cluster },
    ...(service === undefined ? [] : [{ key: "aws:ecs:serviceName", value: service }]),
  ];
}

/** API Reference, RunTask: `startedBy` and `group`; the texts are ours. */
export function checkStartedBy(startedBy: string | undefined): void {
  if (startedBy === undefined || /^[A-Za-z0-9/_.:@=-]{0,128}$/.test(startedBy)) return;
  throw invalidParameter(
    "startedBy can have up to 128 letters, numbers, hyphens, forward slashes and underscores.",
  );
}

const longestGroup = 255;

export function checkGroup(group: string | undefined): void {
  if (group === undefined) return;
  if (group.length > longestGroup) {
    throw invalidParameter(`group can not be longer than ${longestGroup}.`);
  }
  if (/^(service|express|daemon):/.test(group)) {
    throw invalidParameter("group can not begin with 'service:', which names the tasks of a service.");
  }
}

/** API Reference, "Ensuring idempotency": a token counts for 24 hours. */
const tokensCountFor = day;

/**
 * The tasks that an equal call with this token has launched; `undefined` when there was none.
 * Throws `InvalidParameterException` for a bad token, `ConflictException` when the call was another.
 */
export async function launchedBefore(
  tx: Tx,
  now: number,
  cluster: ClusterKey,
  token: string | undefined,
  input: object,
): Promise<readonly string[] | undefined> {
  if (token === undefined || token === "") return undefined;
  // Ours.
  if (!/^[!-~]{1,64}$/.test(token)) {
    throw invalidParameter("clientToken can have up to 64 characters in the range of 33 to 126.");
  }
  const tokens = tx.tables<TaskTables>();
  await tokens
    .deleteFrom("ecs_task_token")
    .where((is) => is.and(clusterColumns(cluster)))
    .where("created_at", "<", now - tokensCountFor)
    .execute();
  const row = await tokens
    .selectFrom("ecs_task_token")
    .selectAll()
    .where((is) => is.and({ ...clusterColumns(cluster), token }))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const ids = JSON.parse(row.tasks) as readonly string[];
  if (row.request === digestOf(input)) return ids;
  throw new Fault("ConflictException", "The clientToken was used for another request.", {
    members: { resourceIds: ids.map((id) => taskArn({ ...cluster, id })) },
  });
}

/** Remembers what a call with a token has launched. */
export async function rememberLaunch(
  tx: Tx,
  now: number,
  cluster: ClusterKey,
  token: string | undefined,
  input: object,
  ids: readonly string[],
): Promise<void> {
  if (token === undefined || token === "") return;
  await tx
    .tables<TaskTables>()
    .insertInto("ecs_task_token")
    .values({
      ...clusterColumns(cluster),
      token,
      request: digestOf(input),
      tasks: JSON.stringify(ids),
      created_at: now,
    })
    .execute();
}

/** The digest of a request, whatever the order of its members. */
function digestOf(input: object): string {
  return createHash("sha256").update(sorted(input)).digest("base64url");
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (value === null || typeof value !== "object" || value instanceof Date)
    return JSON.stringify(value) ?? "";
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${sorted(member)}`)
    .join()}}`;
}
