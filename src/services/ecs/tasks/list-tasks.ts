import type * as ecs from "@aws-sdk/client-ecs";
import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { InputOf, ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { cutPage } from "../../../kernel/page.ts";
import type { Rows } from "../../../store/types.ts";
import {
  type ClusterKey,
  clusterArn,
  clusterOf,
  containerInstanceArn,
  idOf,
  parseEcsArn,
  taskArn,
} from "../arn.ts";
import { clusterColumns, ownCluster } from "../clusters/cluster.ts";
import { groupOfDaemon } from "../daemons/daemon-job.ts";
import { invalidParameter } from "../faults.ts";
import { pageSize, readAfter } from "../paging.ts";
import type { ServiceTables } from "../services/service-store.ts";

import type { TaskTables } from "./task-store.ts";

type Input = InputOf<typeof ecs, "ListTasks">;

/** API Reference: a page has at most a hundred. */
const largestPage = 100;

/** ARNs of tasks, by their desired status and what else is asked for. */
export const listTasks: ReadOperation<typeof ecs, "ListTasks"> = {
  name: "ListTasks",
  authorise: (input, ctx) => [
    {
      action: "ecs:ListTasks",
      resource: containerInstanceArn({
        ...clusterOf(input.cluster, ctx),
        id: input.containerInstance === undefined ? "*" : idOf("container-instance", input.containerInstance),
      }),
      context: { "ecs:cluster": clusterArn(clusterOf(input.cluster, ctx)) },
    },
  ],
  async read(ctx, input) {
    const { key } = await ownCluster(ctx.rows, input.cluster, ctx);
    checkFilters(input);
    const limit = pageSize(input.maxResults, largestPage);
    const [after] = readAfter(input.nextToken, 1) ?? [];
    const fetched = await found(ctx, key, input, limit, after);
    const { rows, next } = cutPage(fetched, limit, ({ id }) => [id]);
    return {
      taskArns: rows.map(({ id }) => taskArn({ ...key, id })),
      ...(next !== undefined && { nextToken: next }),
    };
  },
};

/** API Reference: `startedBy` must be the only filter. The texts are ours. */
function checkFilters(input: Input): void {
  const { startedBy, containerInstance, family, serviceName } = input;
  if (startedBy === undefined) return;
  if (containerInstance !== undefined || family !== undefined || serviceName !== undefined) {
    throw invalidParameter("startedBy must be the only filter.");
  }
}

async function found(
  { rows }: AuthoriseContext,
  key: ClusterKey,
  input: Input,
  limit: number,
  after: string | undefined,
): Promise<readonly { readonly id: string }[]> {
  const { containerInstance, family, startedBy, serviceName, launchType, desiredStatus = "RUNNING" } = input;
  let query = rows
    .tables<TaskTables>()
    .selectFrom("ecs_task")
    .select("id")
    .where((is) => is.and(clusterColumns(key)))
    .where("desired_status", "=", desiredStatus)
    .orderBy("id")
    .limit(limit + 1);
  if (containerInstance !== undefined) {
    query = query.where("container_instance", "=", idOf("container-instance", containerInstance));
  }
  if (family !== undefined) query = query.where("family", "=", family);
  if (startedBy !== undefined) query = query.where("started_by", "=", startedBy);
  if (launchType !== undefined) query = query.where("launch_type", "=", launchType);
  if (serviceName !== undefined)
    query = query.where("service", "=", await serviceNamed(rows, key, serviceName));
  if (input.daemonName !== undefined) {
    query = query.where("task_group", "=", groupOfDaemon({ daemon: input.daemonName }));
  }
  if (after !== undefined) query = query.where("id", ">", after);
  return await query.execute();
}

/** Throws `ServiceNotFoundException`. */
async function serviceNamed(rows: Rows, key: ClusterKey, named: string): Promise<string> {
  const arn = parseEcsArn(named);
  const service = arn?.type === "service" ? (arn.path.at(-1) ?? "") : named;
  const known = await rows
    .tables<ServiceTables>()
    .selectFrom("ecs_service")
    .select("name")
    .where((is) => is.and({ ...clusterColumns(key), name: service }))
    .executeTakeFirst();
  if (known === undefined) throw new Fault("ServiceNotFoundException", "Service not found.");
  return service;
}
