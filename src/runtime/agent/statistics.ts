/** What a container has used, as the engine says at one moment (Docker Engine API, "ContainerStats"). */
export interface ContainerSample {
  readonly name: string;
  /** JSON of the engine; undefined members are what it does not measure. */
  readonly stats: unknown;
}

/** A set of samples as telemetry tells it. */
interface StatsSet {
  readonly min: number;
  readonly max: number;
  readonly sampleCount: number;
  readonly sum: number;
}

/** What telemetry tells of one container. */
export interface ContainerMetric {
  readonly containerName: string;
  /** Percent of one core. */
  readonly cpuStatsSet?: StatsSet;
  /** MiB. */
  readonly memoryStatsSet?: StatsSet;
  readonly networkStatsSet?: Readonly<Record<string, StatsSet>>;
  readonly storageStatsSet?: Readonly<Record<string, StatsSet>>;
}

interface DockerStats {
  readonly read?: string;
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
  readonly memory_stats?: {
    readonly usage?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly networks?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly { readonly op: string; readonly value: number }[] | null;
  };
}

const mebibyte = 1 << 20;
const nanoseconds = 1e6;

/**
 * The metrics of a container between two samples, as the Amazon ECS agent computes them: CPU is the time used of the
 * time that passed, memory is without what the kernel can drop. Without an earlier sample, or when the container began
 * anew in between, CPU is left out.
 */
export function containerMetric(
  containerName: string,
  earlier: unknown,
  later: unknown,
): ContainerMetric | undefined {
  const after = later as DockerStats | null | undefined;
  if (typeof after !== "object" || after === null) return undefined;
  const before = (earlier ?? {}) as DockerStats;
  const cpu = cpuPercent(before, after);
  const memory = memoryUsed(after);
  const network = Object.values(after.networks ?? {});
  const sumOf = (key: string): number => network.reduce((sum, one) => sum + (one[key] ?? 0), 0);
  const storage = after.blkio_stats?.io_service_bytes_recursive;
  const bytes = (op: string): number =>
    (storage ?? []).reduce((sum, one) => sum + (one.op.toLowerCase() === op ? one.value : 0), 0);
  return {
    containerName,
    ...(cpu !== undefined && { cpuStatsSet: one(cpu) }),
    ...(memory !== undefined && { memoryStatsSet: one(memory) }),
    ...(network.length > 0 && {
      networkStatsSet: {
        rxBytes: one(sumOf("rx_bytes")),
        rxPackets: one(sumOf("rx_packets")),
        rxErrors: one(sumOf("rx_errors")),
        rxDropped: one(sumOf("rx_dropped")),
        txBytes: one(sumOf("tx_bytes")),
        txPackets: one(sumOf("tx_packets")),
        txErrors: one(sumOf("tx_errors")),
        txDropped: one(sumOf("tx_dropped")),
      },
    }),
    ...(storage !== undefined && {
      storageStatsSet: { readSizeBytes: one(bytes("read")), writeSizeBytes: one(bytes("write")) },
    }),
  };
}

const one = (value: number): StatsSet => ({ min: value, max: value, sampleCount: 1, sum: value });

function cpuPercent(before: DockerStats, after: DockerStats): number | undefined {
  const used = cpuTime(after) - cpuTime(before);
  const passed = Date.parse(after.read ?? "") - Date.parse(before.read ?? "");
  return used >= 0 && passed > 0 ? (100 * used) / (passed * nanoseconds) : undefined;
}

function cpuTime({ cpu_stats }: DockerStats): number {
  return cpu_stats?.cpu_usage?.total_usage ?? Number.NaN;
}

/** Docker's own sum: inactive pages of files are not counted (`inactive_file`, by cgroup v1 `total_inactive_file`). */
function memoryUsed({ memory_stats }: DockerStats): number | undefined {
  const { usage, stats = {} } = memory_stats ?? {};
  if (usage === undefined) return undefined;
  const idle = stats.total_inactive_file ?? stats.inactive_file ?? 0;
  return Math.max(0, usage - idle) / mebibyte;
}
