import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { dockerMissing } from "../../src/runtime/docker.testing.ts";
import { haproxyTo, nginxTo } from "../edge-servers.ts";
import { webService } from "../edge-tasks.ts";
import { compared, median, perSecond, type Row, type Scale } from "../measure.ts";
import { programMissing } from "../peers.ts";
import { type Server, startRoadstead } from "../servers.ts";
import { readWrk, type WrkOutcome, wrkWords } from "../wrk.ts";

const run = promisify(execFile);

/** A way to the same target. */
interface Way {
  readonly name: string;
  readonly port: number;
  readonly server: Server;
}

interface Measured extends WrkOutcome {
  /** Microseconds of processor time for each request. */
  readonly cost: number;
}

/** Requests through a load balancer, through nginx and through HAProxy, to the same real tasks: web servers that answer at once. */
export async function benchEdge(scale: Scale): Promise<Row[]> {
  const reason = dockerMissing ?? programMissing("wrk", "nginx");
  if (reason !== undefined) {
    process.stderr.write(`bench: load balancers are not measured (absent: ${reason})\n`);
    return [];
  }
  const server = await startRoadstead(undefined, ["--ecs-healthy-after", "0"]);
  const peers: Way[] = [];
  try {
    const service = await webService(server);
    try {
      const targets = await service.targets();
      for (const [name, start] of [
        ["nginx", nginxTo],
        ["haproxy", haproxyTo],
      ] as const) {
        if (programMissing(name) !== undefined) continue;
        const peer = await start(targets);
        peers.push({ name, port: peer.port, server: peer });
      }
      const own: Way = { name: "roadstead", port: service.port, server };
      const rows: Row[] = [];
      for (const connections of [1, 64, 512]) rows.push(...(await at(connections, [own, ...peers], scale)));
      return [...rows, await duringDeployments(own, () => service.roll())];
    } finally {
      await service.remove();
    }
  } finally {
    for (const peer of peers) await peer.server.stop();
    await server.stop();
  }
}

/** Requests that are to be counted while tasks come and go. */
const counted = 100_000;

/** Rolling deployments under load, one after the other, until so many requests have been answered: how many were not. */
async function duringDeployments({ port }: Way, roll: () => Promise<void>): Promise<Row> {
  let answered = 0;
  let failed = 0;
  let deployments = 0;
  const load = async (): Promise<void> => {
    const { stdout } = await run("wrk", ["-t1", "-c32", "-d5s", `http://127.0.0.1:${port}/`]);
    answered += Number(/(\d+) requests in/.exec(stdout)?.[1]);
    failed += Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
    for (const [, count] of /Socket errors: (.*)/.exec(stdout)?.[1]?.matchAll(/[a-z]+ (\d+)/g) ?? [])
      failed += Number(count);
  };
  while (answered < counted) {
    let rolling = true;
    const rolled = roll().finally(() => {
      rolling = false;
    });
    while (rolling) await load();
    await rolled;
    deployments += 1;
  }
  const what = `failed of ${answered.toLocaleString("en")} requests in ${deployments} rolling deployments`;
  return { what, ours: String(failed), aim: "0" };
}

/** All ways by turns, so that whatever else the machine does meets all alike. */
async function at(connections: number, ways: readonly Way[], { rounds, seconds }: Scale): Promise<Row[]> {
  const measured: Measured[][] = ways.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, way] of ways.entries())
      measured[index]?.push(await measure(way, connections, seconds));
  }
  const medians = (of: (one: Measured) => number): number[] => measured.map((all) => median(all.map(of)));
  const peers = ways.slice(1).map(({ name }) => name);
  const what = `load balancer, ${connections} ${connections === 1 ? "connection" : "connections"}`;
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  return [
    ...compared(
      `${what}: requests`,
      perSecond,
      peers,
      medians(({ rate }) => rate),
      "≥ 0.5",
    ),
    ...compared(
      `${what}: p50`,
      ms,
      peers,
      medians(({ p50 }) => p50),
      "",
    ),
    ...compared(
      `${what}: p99`,
      ms,
      peers,
      medians(({ p99 }) => p99),
      "",
    ),
    ...compared(
      `${what}: processor time a request`,
      (value) => `${value.toFixed(1)} µs`,
      peers,
      medians(({ cost }) => cost),
      "",
    ),
  ];
}

async function measure({ port, server }: Way, connections: number, seconds: number): Promise<Measured> {
  const before = server.cpuSeconds();
  const { stdout } = await run("wrk", wrkWords(`http://127.0.0.1:${port}/`, connections, seconds));
  const spent = server.cpuSeconds() - before;
  const outcome = readWrk(stdout);
  return { ...outcome, cost: (spent * 1e6) / outcome.answers };
}
