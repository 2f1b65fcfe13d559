/** Counters and gauges, as Prometheus reads them (Prometheus documentation, "Exposition formats", text format 0.0.4). */

/** A counter's labels, in the order in which they are shown. */
type Labels = Readonly<Record<string, string>>;

/** What is counted, and what it means: nothing else can be. */
const help = {
  roadstead_registry_received_bytes_total: "Bytes of bodies that clients of /v2/ sent.",
  roadstead_registry_sent_bytes_total: "Bytes that were sent to clients of /v2/, heads included.",
  roadstead_calls_total: "Calls through the dispatcher, by how they ended.",
  roadstead_collections_total: "Runs of the collector.",
  roadstead_collected_total: "What the collector removed: links, uploads, blobs.",
  roadstead_collected_bytes_total: "Bytes of blobs that the collector removed.",
} as const;

export type CounterName = keyof typeof help;

/** What is looked at when somebody asks. */
const gaugeHelp = {
  roadstead_jobs:
    "Jobs by queue: waiting for their time, due, taken by a worker, buried after too many failures.",
} as const;

/** One value of what is looked at. */
export interface Gauge {
  readonly name: keyof typeof gaugeHelp;
  readonly labels: Labels;
  readonly value: number;
}

/** Different label sets of one counter at most: names that clients make up must not fill the memory. */
const mostSeries = 10_000;

export interface Metrics {
  /** Adds to a counter. Labels beyond a bound are not told apart any more. */
  count(name: CounterName, labels: Labels, by?: number): void;
  /** All counters, and these gauges, in the text format. */
  text(gauges?: readonly Gauge[]): string;
}

/** The content type of `Metrics.text`. */
export const metricsType = "text/plain; version=0.0.4; charset=utf-8";

/** Counters of this process, from zero. */
export function createMetrics(): Metrics {
  const counters = new Map<CounterName, Map<string, number>>();
  for (const name of Object.keys(help) as CounterName[]) counters.set(name, new Map());
  return {
    count(name, labels, by = 1) {
      const series = counters.get(name) ?? new Map<string, number>();
      const given = shown(labels);
      const key = series.has(given) || series.size < mostSeries ? given : '{other="true"}';
      series.set(key, (series.get(key) ?? 0) + by);
    },
    text(gauges = []) {
      const lines: string[] = [];
      for (const [name, series] of counters) {
        lines.push(`# HELP ${name} ${help[name]}`, `# TYPE ${name} counter`);
        for (const [labels, value] of series) lines.push(`${name}${labels} ${value}`);
      }
      for (const name of Object.keys(gaugeHelp) as Gauge["name"][]) {
        lines.push(`# HELP ${name} ${gaugeHelp[name]}`, `# TYPE ${name} gauge`);
        for (const one of gauges)
          if (one.name === name) lines.push(`${name}${shown(one.labels)} ${one.value}`);
      }
      return `${lines.join("\n")}\n`;
    },
  };
}

function shown(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
