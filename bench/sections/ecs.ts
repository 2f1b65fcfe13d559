import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { dockerMissing } from "../../src/runtime/docker.testing.ts";
import { busybox } from "../../src/runtime/task-engine.testing.ts";
import { median, perSecond, type Row, type Scale } from "../measure.ts";
import { type Server, startRoadstead } from "../servers.ts";

const cluster = "bench";
const family = "roadstead-bench";
const command = ["sleep", "100000"];
const tasks = 50;
const run = promisify(execFile);
const docker = async (...args: string[]): Promise<string> => (await run("docker", args)).stdout.trim();

/** The ids of the containers of this benchmark's tasks. */
async function ourContainers(...which: string[]): Promise<string[]> {
  const label = `label=com.amazonaws.ecs.task-definition-family=${family}`;
  const ids = await docker("ps", "--quiet", "--filter", label, ...which);
  return ids.split("\n").filter((id) => id !== "");
}

/** One Roadstead with a Docker Engine, and its clients. */
interface Bench {
  readonly server: Server;
  readonly dataDir: string;
  readonly ecs: ECSClient;
  readonly network: { readonly awsvpcConfiguration: { readonly subnets: string[] } };
}

/** What tasks cost beside `docker run`, and what many of them cost. */
export async function benchEcs(scale: Scale): Promise<Row[]> {
  if (dockerMissing !== undefined) {
    return [{ what: `tasks: no Docker Engine (${dockerMissing})`, ours: "absent" }];
  }
  const dataDir = mkdtempSync(join(tmpdir(), "roadstead-bench-"));
  const server = await startRoadstead(dataDir, ["--ecs-healthy-after", "0"]);
  try {
    const bench = await prepare(server, dataDir);
    return [...(await oneTask(bench, scale)), ...(await manyTasks(bench, scale))];
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function prepare(server: Server, dataDir: string): Promise<Bench> {
  const settings = {
    endpoint: `http://127.0.0.1:${server.port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const ecs = new ECSClient(settings);
  const trust = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
  };
  const { Role: role } = await new IAMClient(settings).send(
    new CreateRoleCommand({ RoleName: "task", AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  const { Subnets: subnets = [] } = await new EC2Client(settings).send(new DescribeSubnetsCommand({}));
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      taskRoleArn: role?.Arn,
      // A program that is the first of its container does not end at SIGTERM by itself.
      containerDefinitions: [{ name: "main", image: busybox, command, stopTimeout: 2 }],
    }),
  );
  const network = { awsvpcConfiguration: { subnets: [subnets[0]?.SubnetId ?? ""] } };
  return { server, dataDir, ecs, network };
}

async function oneTask({ ecs, network }: Bench, scale: Scale): Promise<Row[]> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  // The first task makes the network of its VPC.
  for (let round = 0; round <= scale.rounds * 2; round++) {
    let began = performance.now();
    const container = await docker("run", "--detach", busybox, ...command);
    const peer = performance.now() - began;
    await docker("rm", "--force", container);
    began = performance.now();
    const started = await ecs.send(
      new RunTaskCommand({
        cluster,
        taskDefinition: family,
        launchType: "FARGATE",
        networkConfiguration: network,
      }),
    );
    const task = started.tasks?.[0]?.taskArn ?? "";
    await until(ecs, task, "RUNNING");
    const own = performance.now() - began;
    await ecs.send(new StopTaskCommand({ cluster, task }));
    await until(ecs, task, "STOPPED");
    if (round === 0) continue;
    ours.push(own);
    theirs.push(peer);
  }
  const [own, peer] = [median(ours), median(theirs)];
  return [
    {
      what: "RunTask to RUNNING, awsvpc",
      ours: `${Math.round(own)} ms`,
      peer: "docker run",
      peerValue: `${Math.round(peer)} ms`,
      ratio: own / peer,
      aim: "+150 ms",
    },
  ];
}

async function until(ecs: ECSClient, task: string, status: string): Promise<void> {
  for (;;) {
    const { tasks: found = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [task] }));
    const { lastStatus, stoppedReason } = found[0] ?? {};
    if (lastStatus === status) return;
    if (lastStatus === "STOPPED") throw new Error(stoppedReason);
    await wait(5);
  }
}

async function manyTasks({ ecs, network, server, dataDir }: Bench, scale: Scale): Promise<Row[]> {
  const began = performance.now();
  await ecs.send(
    new CreateServiceCommand({
      cluster,
      serviceName: "many",
      taskDefinition: family,
      desiredCount: tasks,
      launchType: "FARGATE",
      networkConfiguration: network,
    }),
  );
  for (;;) {
    const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: ["many"] }));
    if (services[0]?.deployments?.[0]?.rolloutState === "COMPLETED") break;
    await wait(100);
  }
  const steady = (performance.now() - began) / 1000;
  const rate = await credentialRate(dataDir, scale.seconds);
  await wait(3000);
  const before = server.cpuSeconds();
  const idle = 10;
  await wait(idle * 1000);
  const busy = (server.cpuSeconds() - before) / idle;
  await ecs.send(new DeleteServiceCommand({ cluster, service: "many", force: true }));
  // What is stopped is also removed, before the folder that knows of it goes.
  while ((await ourContainers("--all")).length > 0) await wait(500);
  return [
    { what: `service of ${tasks} tasks to steady state`, ours: `${steady.toFixed(1)} s` },
    { what: `idle CPU with ${tasks} tasks`, ours: `${(busy * 100).toFixed(1)} % of a core`, aim: "2 %" },
    { what: "credentials endpoint, 16 connections", ours: perSecond(rate) },
  ];
}

/** Requests a second for the credentials of one task, at the socket that its relay leads to. */
async function credentialRate(dataDir: string, seconds: number): Promise<number> {
  const [container] = await ourContainers("--filter", "label=com.amazonaws.ecs.container-name=main");
  const environment = await docker("inspect", "--format", "{{json .Config.Env}}", container ?? "");
  const path = /AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=([^"]+)/.exec(environment)?.[1] ?? "";
  const agent = new Agent({ keepAlive: true });
  const socketPath = join(dataDir, "relays", "endpoint.sock");
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      get({ agent, socketPath, path }, (answer) => {
        answer.resume();
        if (answer.statusCode !== 200) reject(new Error(`the endpoint answers ${answer.statusCode}`));
        else answer.once("end", resolve);
      }).once("error", reject);
    });
  const end = performance.now() + seconds * 1000;
  let asked = 0;
  const asker = async (): Promise<void> => {
    while (performance.now() < end) {
      await ask();
      asked += 1;
    }
  };
  await Promise.all(Array.from({ length: 16 }, asker));
  agent.destroy();
  return asked / seconds;
}
