import type { InternalOperation } from "../../../dispatch/operation.ts";
import { emitServiceMetrics } from "../../../dispatch/service-metric.ts";
import { minute } from "../../../kernel/duration.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Job, Jobs, Rows } from "../../../store/types.ts";
import { agentTasks } from "../agents/agent-tasks.ts";
import type { ClusterKey } from "../arn.ts";
import { type Cluster, clusterColumns, findCluster } from "../clusters/cluster.ts";
import { listInstances } from "../container-instances/instance.ts";
import { ecsPrincipal } from "../role.ts";
import { listDeployments } from "../services/deployment.ts";
import type { ServiceDocument } from "../services/service.ts";
import type { ServiceTables } from "../services/service-store.ts";
import { listTaskSets } from "../services/task-set.ts";
import { listLiveTasks, type Task } from "../tasks/task.ts";
import { type CountedCluster, type CountedService, clusterMetrics } from "./cluster-metrics.ts";
import type { InsightsSetting } from "./task-insights.ts";
import type { TaskStatistics } from "./task-statistics.ts";
import { usedBy } from "./utilization.ts";

/** What was told longer ago says nothing of this minute. */
const fresh = 2 * minute;

/** What Container Insights is set to in a cluster. */
export function insightsOf(cluster: Cluster | undefined): InsightsSetting {
  const value = cluster?.document.settings.find(({ name }) => name === "containerInsights")?.value;
  return value === "enabled" || value === "enhanced" ? value : "disabled";
}

/** Tells of a cluster what is told of each minute. */
export const publishClusterMetrics = ({
  jobs,
}: {
  readonly jobs: Jobs;
}): InternalOperation<{ readonly job: Job }, undefined, boolean> => ({
  service: "ecs",
  name: "PublishClusterMetrics",
  onlyFor: ecsPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
  async commit(tx, ctx, { job }) {
    if (!(await jobs.finish(tx, job))) return false;
    const { cluster: name } = job.payload as { readonly cluster: string };
    const key = { account: job.account, region: job.region, cluster: name };
    const cluster = await findCluster(tx, key);
    if (cluster === undefined) return true;
    const metrics = clusterMetrics(await count(tx, key, cluster, ctx.now), ctx.now);
    await emitServiceMetrics(tx, uuid(ctx.random), key, metrics);
    return true;
  },
});

async function count(rows: Rows, key: ClusterKey, cluster: Cluster, now: number): Promise<CountedCluster> {
  const instances = await listInstances(rows, key, now);
  const tasks = await listLiveTasks(rows, key);
  const setting = insightsOf(cluster);
  const used = { cpu: 0, memory: 0 };
  for (const instance of instances) {
    for (const { statistics } of await agentTasks(rows, instance.key)) {
      const told = statistics === null ? undefined : (JSON.parse(statistics) as TaskStatistics);
      if (told === undefined || told.at < now - fresh) continue;
      const { cpu = 0, memory = 0 } = usedBy(told.containers);
      used.cpu += cpu;
      used.memory += memory;
    }
  }
  return {
    name: key.cluster,
    setting,
    instances,
    used,
    runningTasks: tasks.filter(({ lastStatus }) => lastStatus === "RUNNING").length,
    services: setting === "disabled" ? [] : await countServices(rows, key, tasks),
  };
}

async function countServices(
  rows: Rows,
  key: ClusterKey,
  tasks: readonly Task[],
): Promise<readonly CountedService[]> {
  const found = await rows
    .tables<ServiceTables>()
    .selectFrom("ecs_service")
    .select(["name", "document"])
    .where((row) => row.and(clusterColumns(key)))
    .where("status", "=", "ACTIVE")
    .execute();
  const counted: CountedService[] = [];
  for (const { name, document } of found) {
    const ofService = tasks.filter(({ service }) => service === name);
    const service = { ...key, service: name };
    const running = ofService.filter(({ lastStatus }) => lastStatus === "RUNNING").length;
    counted.push({
      name,
      desired: (JSON.parse(document) as ServiceDocument).desiredCount,
      running,
      pending: ofService.filter(({ desiredStatus }) => desiredStatus === "RUNNING").length - running,
      deployments: (await listDeployments(rows, service)).length,
      taskSets: (await listTaskSets(rows, service)).length,
    });
  }
  return counted;
}
