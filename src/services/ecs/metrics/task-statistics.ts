/** Samples of one measure over the time of one message. */
export interface StatisticSet {
  readonly min: number;
  readonly max: number;
  readonly sampleCount: number;
  readonly sum: number;
}

/** What one container used, as its agent told it. */
export interface ContainerStatistics {
  readonly name: string;
  /** Percent of one core. */
  readonly cpu?: StatisticSet;
  /** MiB. */
  readonly memory?: StatisticSet;
  /** By their names in telemetry: `rxBytes`, `txPackets`, … Totals since the container began. */
  readonly network: Readonly<Record<string, StatisticSet>>;
  /** `readSizeBytes`, `writeSizeBytes`. */
  readonly storage: Readonly<Record<string, StatisticSet>>;
}

/** What the containers of a task used when its agent told it last. */
export interface TaskStatistics {
  /** Epoch ms. */
  readonly at: number;
  readonly containers: readonly ContainerStatistics[];
}
