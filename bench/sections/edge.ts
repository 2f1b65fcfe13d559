import { execFile, spawnSync } from "node:child_process";
import { networkInterfaces } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { haproxyTo, nginxOrigin, nginxTo } from "../edge-servers.ts";
import { compared, median, perSecond, type Row, type Scale } from "../measure.ts";
import { type Server, startRoadstead } from "../servers.ts";

const run = promisify(execFile);

/** A way to the same target. */
interface Way {
  readonly name: string;
  readonly port: number;
  readonly server: Server;
}

interface Measured {
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of processor time for each request. */
  readonly cost: number;
}

/** Requests through a load balancer, through nginx and through HAProxy, to one target: a web server that answers at once. */
export async function benchEdge(scale: Scale): Promise<Row[]> {
  const address = privateAddress();
  if (address === undefined || !has("wrk") || !has("nginx")) {
    process.stderr.write(
      "bench: wrk, nginx or a private address is absent: load balancers are not measured\n",
    );
    return [];
  }
  const servers: Server[] = [];
  try {
    const origin = await nginxOrigin(address);
    servers.push(origin);
    const ways: Way[] = [await ours(address, origin.port)];
    for (const [name, start] of [
      ["nginx", nginxTo],
      ["haproxy", haproxyTo],
    ] as const) {
      if (!has(name)) continue;
      const server = await start(`${address}:${origin.port}`);
      ways.push({ name, port: server.port, server });
    }
    servers.push(...ways.map(({ server }) => server));
    const rows: Row[] = [];
    for (const connections of [1, 64, 512]) rows.push(...(await at(connections, ways, scale)));
    return rows;
  } finally {
    for (const server of servers) await server.stop();
  }
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
  const { stdout } = await run("wrk", [
    ...["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", `http://127.0.0.1:${port}/`],
  ]);
  const spent = server.cpuSeconds() - before;
  const answers = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  if (/Non-2xx|Socket errors: connect [1-9]/.test(stdout))
    throw new Error(`not all were answered:\n${stdout}`);
  return {
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p50: percentile(stdout, 50),
    p99: percentile(stdout, 99),
    cost: (spent * 1e6) / answers,
  };
}

/** Milliseconds of a line of wrk's latency distribution: the table above it has percentages too, within its lines. */
function percentile(stdout: string, percent: number): number {
  const [, value, unit = ""] =
    new RegExp(`^\\s*${percent}%\\s+([\\d.]+)(us|ms|s|m)$`, "m").exec(stdout) ?? [];
  return Number(value) * ({ us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit] ?? Number.NaN);
}

/** A Roadstead with an application load balancer before the target, made over its API. */
async function ours(address: string, port: number): Promise<Way> {
  const server = await startRoadstead(undefined, ["--ecs-runtime", "none"]);
  const settings = {
    endpoint: `http://127.0.0.1:${server.port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const elb = new ElasticLoadBalancingV2Client(settings);
  const { Subnets = [] } = await new EC2Client(settings).send(new DescribeSubnetsCommand({}));
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({
      Name: "bench",
      Subnets: Subnets.slice(0, 2).map(({ SubnetId }) => SubnetId ?? ""),
    }),
  );
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({
      ...{ Name: "bench", Protocol: "HTTP", Port: port, VpcId: Subnets[0]?.VpcId, TargetType: "ip" },
      HealthCheckIntervalSeconds: 5,
    }),
  );
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn;
  await elb.send(
    new RegisterTargetsCommand({
      TargetGroupArn,
      Targets: [{ Id: address, Port: port, AvailabilityZone: "all" }],
    }),
  );
  await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
      ...{ Protocol: "HTTP", Port: 18_080, DefaultActions: [{ Type: "forward", TargetGroupArn }] },
    }),
  );
  for (let left = 100; left > 0; left -= 1) {
    const { TargetHealthDescriptions } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
    if (TargetHealthDescriptions?.[0]?.TargetHealth?.State === "healthy") break;
    await wait(200);
  }
  const places = await (await fetch(`${settings.endpoint}/_roadstead/load-balancers`)).json();
  return { name: "roadstead", port: places.listeners[0].host.port, server };
}

const has = (program: string): boolean => spawnSync(program, ["-v"]).error === undefined;

/** Targets of type ip have private addresses: one of this machine's own. */
function privateAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flat();
  return all.find(
    (one) => one?.family === "IPv4" && /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.)/.test(one.address),
  )?.address;
}
