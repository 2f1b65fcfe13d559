import { dockerMissing } from "../../src/runtime/docker.testing.ts";
import { type ConnectedTasks, connectedTasks } from "../connected-tasks.ts";
import { compared, median, perSecond, type Row, type Scale } from "../measure.ts";
import { programMissing } from "../peers.ts";
import { type Server, startRoadstead } from "../servers.ts";
import type { WrkOutcome } from "../wrk.ts";

interface Measured extends WrkOutcome {
  /** Microseconds of Roadstead's processor time for each request; its pause containers' is not in it. */
  readonly cost: number;
}

/** What the proxies of Service Connect add to a call from one task to another: by name, and at an address without any. */
export async function benchServiceConnect(scale: Scale): Promise<Row[]> {
  const reason = dockerMissing ?? programMissing("wrk", "nginx");
  if (reason !== undefined) {
    process.stderr.write(`bench: Service Connect is not measured (absent: ${reason})\n`);
    return [];
  }
  const server = await startRoadstead(undefined, ["--ecs-healthy-after", "0"]);
  try {
    const tasks = await connectedTasks(server);
    try {
      const rows: Row[] = [];
      for (const connections of [1, 64]) rows.push(...(await at(connections, tasks, server, scale)));
      return rows;
    } finally {
      await tasks.remove();
    }
  } finally {
    await server.stop();
  }
}

/** By turns, so that whatever else the machine does meets both alike. */
async function at(
  connections: number,
  tasks: ConnectedTasks,
  server: Server,
  { rounds, seconds }: Scale,
): Promise<Row[]> {
  const ways = [tasks.named, tasks.direct];
  const measured: Measured[][] = ways.map(() => []);
  // What has just been started is slow.
  for (const url of ways) await tasks.ask(url, connections, seconds);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, url] of ways.entries()) {
      const before = server.cpuSeconds();
      const outcome = await tasks.ask(url, connections, seconds);
      const cost = ((server.cpuSeconds() - before) * 1e6) / outcome.answers;
      measured[index]?.push({ ...outcome, cost });
    }
  }
  const medians = (of: (one: Measured) => number): number[] => measured.map((all) => median(all.map(of)));
  const what = `Service Connect, ${connections} ${connections === 1 ? "connection" : "connections"}`;
  const row = (name: string, unit: (value: number) => string, of: (one: Measured) => number): Row[] =>
    compared(`${what}: ${name}`, unit, ["direct"], medians(of), "");
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  const [cost = Number.NaN] = medians((one) => one.cost);
  return [
    ...row("requests", perSecond, ({ rate }) => rate),
    ...row("p50", ms, ({ p50 }) => p50),
    ...row("p99", ms, ({ p99 }) => p99),
    { what: `${what}: processor time a request`, ours: `${cost.toFixed(1)} µs` },
  ];
}
