/** What wrk says of one run. */
export interface WrkOutcome {
  readonly answers: number;
  /** Answers a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** The words of a run of wrk, with the latencies that `readWrk` reads. */
export const wrkWords = (url: string, connections: number, seconds: number): readonly string[] => [
  ...["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", url],
];

/** Reads what it printed. @throws when not every request was answered with 2xx or 3xx. */
export function readWrk(stdout: string): WrkOutcome {
  if (/Non-2xx|Socket errors: connect [1-9]/.test(stdout))
    throw new Error(`not all were answered:\n${stdout}`);
  return {
    answers: Number(/(\d+) requests in/.exec(stdout)?.[1]),
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p50: percentile(stdout, 50),
    p99: percentile(stdout, 99),
  };
}

/** Milliseconds of a line of wrk's latency distribution: the table above it has percentages too, within its lines. */
function percentile(stdout: string, percent: number): number {
  const [, value, unit = ""] =
    new RegExp(`^\\s*${percent}%\\s+([\\d.]+)(us|ms|s|m)\\s*$`, "m").exec(stdout) ?? [];
  return Number(value) * ({ us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit] ?? Number.NaN);
}
