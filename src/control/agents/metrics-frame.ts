import { second } from "../../kernel/duration.ts";
import type { InClusterKey } from "../../services/ecs/arn.ts";
import type {
  ContainerStatistics,
  StatisticSet,
  TaskStatistics,
} from "../../services/ecs/metrics/task-statistics.ts";
import { keyOf } from "../../services/ecs/tasks/execution.ts";
import { listOf, textOf } from "./frames.ts";

type Members = Readonly<Record<string, unknown>>;

/** Ours: measures of one container; the agent's model has a dozen. */
const mostMeasures = 32;

/**
 * What a PublishMetricsRequest tells of the tasks of one cluster, by the tasks' ids. What is not as the agent's model
 * has it is left out: telemetry is never a reason to refuse anything.
 * @param now epoch ms.
 */
export function readMetrics(
  message: Members,
  { account, region, cluster }: InClusterKey,
  now: number,
): readonly { readonly task: string; readonly statistics: TaskStatistics }[] {
  const { timestamp } = message;
  const at = typeof timestamp === "number" ? Math.min(Math.round(timestamp * second), now) : now;
  return listOf(message, "taskMetrics").flatMap((told) => {
    const key = keyOf(textOf(told, "taskArn") ?? "");
    const own = key?.account === account && key.region === region && key.cluster === cluster;
    if (key === undefined || !own) return [];
    const containers = listOf(told, "containerMetrics").flatMap(readContainer);
    return [{ task: key.id, statistics: { at, containers } }];
  });
}

function readContainer(told: Members): ContainerStatistics[] {
  const name = textOf(told, "containerName");
  if (name === undefined) return [];
  const cpu = readSet(told.cpuStatsSet);
  const memory = readSet(told.memoryStatsSet);
  return [
    {
      name,
      ...(cpu !== undefined && { cpu }),
      ...(memory !== undefined && { memory }),
      network: readSets(told.networkStatsSet),
      storage: readSets(told.storageStatsSet),
    },
  ];
}

function readSets(value: unknown): Readonly<Record<string, StatisticSet>> {
  if (typeof value !== "object" || value === null) return {};
  const sets = Object.entries(value)
    .slice(0, mostMeasures)
    .flatMap(([name, told]: [string, unknown]) => {
      const set = readSet(told);
      return set === undefined ? [] : [[name, set] as const];
    });
  return Object.fromEntries(sets);
}

function readSet(value: unknown): StatisticSet | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { min, max, sampleCount, sum } = value as Members;
  if (!isNumber(min) || !isNumber(max) || !isNumber(sampleCount) || !isNumber(sum)) return undefined;
  return { min, max, sampleCount, sum };
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
