import { minute, second } from "../../kernel/duration.ts";
import type { ContainerMetric, ContainerSample } from "../../runtime/agent/statistics.ts";
import { containerMetric } from "../../runtime/agent/statistics.ts";
import type { TaskRuntime } from "../../runtime/task.ts";
import type { ClusterKey } from "../../services/ecs/arn.ts";
import { noteTaskUse, type TaskUse } from "../../services/ecs/metrics/note-task-use.ts";
import type { TaskStatistics } from "../../services/ecs/metrics/task-statistics.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import { keyOf } from "../../services/ecs/tasks/execution.ts";
import type { JobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

/** How often it is looked whether a minute has ended, ms: the clock may be moved. */
const tick = second;

/** What was measured of a task before. */
interface Known {
  readonly samples: ReadonlyMap<string, unknown>;
  readonly statistics?: TaskStatistics;
}

/**
 * Measures the tasks of this machine once a minute, and tells ECS. What it measures is this process's own, so it needs
 * no job: a measure that is lost is lost, as with an agent that is away.
 */
export function startTaskStatistics(
  ports: Pick<LoopPorts, "clientOf" | "clock" | "log">,
  runtime: Pick<TaskRuntime, "sample">,
): JobLoop {
  const { clientOf, clock, log } = ports;
  let known: ReadonlyMap<string, Known> = new Map();
  let measured = Math.floor(clock.now() / minute);
  let work: Promise<void> = Promise.resolve();
  let busy = false;

  async function measure(): Promise<void> {
    const samples = (await runtime.sample?.()) ?? new Map<string, readonly ContainerSample[]>();
    const now = clock.now();
    const next = new Map<string, Known>();
    const clusters = new Map<string, { readonly cluster: ClusterKey; readonly tasks: TaskUse[] }>();
    for (const [taskArn, containers] of samples) {
      const key = keyOf(taskArn);
      if (key === undefined) continue;
      const before = known.get(taskArn);
      const statistics = statisticsOf(containers, before?.samples, now);
      next.set(taskArn, {
        samples: new Map(containers.map(({ name, stats }) => [name, stats])),
        ...(statistics !== undefined && { statistics }),
      });
      if (statistics === undefined) continue;
      const { id, ...cluster } = key;
      const at = JSON.stringify(cluster);
      const of = clusters.get(at) ?? { cluster, tasks: [] };
      clusters.set(at, of);
      of.tasks.push({
        task: id,
        statistics,
        ...(before?.statistics !== undefined && { earlier: before.statistics }),
      });
    }
    known = next;
    for (const { cluster, tasks } of clusters.values()) {
      await clientOf(ecsPrincipal, cluster.account, cluster.region).invoke(noteTaskUse, { cluster, tasks });
    }
  }

  const timer = setInterval(() => {
    const current = Math.floor(clock.now() / minute);
    if (busy || current === measured) return;
    measured = current;
    busy = true;
    work = measure()
      .catch((error: unknown) => log.error({ err: error }, "the tasks of this machine could not be measured"))
      .finally(() => {
        busy = false;
      });
  }, tick);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await work;
    },
  };
}

function statisticsOf(
  containers: readonly ContainerSample[],
  before: ReadonlyMap<string, unknown> | undefined,
  at: number,
): TaskStatistics | undefined {
  const measured = containers.flatMap(
    ({ name, stats }) => containerMetric(name, before?.get(name), stats) ?? [],
  );
  return measured.length === 0 ? undefined : { at, containers: measured.map(toStatistics) };
}

function toStatistics(metric: ContainerMetric): TaskStatistics["containers"][number] {
  const { containerName: name, cpuStatsSet: cpu, memoryStatsSet: memory } = metric;
  return {
    name,
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory }),
    network: metric.networkStatsSet ?? {},
    storage: metric.storageStatsSet ?? {},
  };
}
