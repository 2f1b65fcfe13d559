import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTasksCommand, ECSClient, paginateListTasks, type Task } from "@aws-sdk/client-ecs";
import { Trouble } from "../trouble.ts";
import { publishedPlaces } from "./places.ts";
import { type Project, readProject } from "./project.ts";
import { deleteStack, putStack } from "./stack.ts";
import { logGroup, projectTemplate, stackName } from "./template.ts";

/** What all of `roadstead compose` take. */
interface ComposeFlags {
  readonly file?: string;
  readonly projectName?: string;
  readonly endpoint: string;
  readonly adminToken?: string;
  readonly json?: boolean;
}

const usualFiles = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
/** How often new lines of logs are asked for, in ms. */
const followEvery = 1_000;

/** Makes what a Compose file says, or changes what is there to it, and prints where its ports are. */
export async function composeUp(flags: ComposeFlags): Promise<void> {
  const project = readFile(flags);
  const { cloudFormation } = clients(flags);
  const stack = await asked(flags, () =>
    putStack(cloudFormation, stackName(project.name), projectTemplate(project), (resource, status) => {
      if (process.stderr.isTTY && resource.startsWith("Service"))
        process.stderr.write(`${resource.slice("Service".length).replaceAll("X", "-")}: ${status}\n`);
    }),
  );
  const balancer = stack.Outputs?.[0]?.OutputValue;
  const published =
    balancer === undefined ? [] : await publishedPlaces(flags.endpoint, balancer, flags.adminToken);
  const ports = project.services.flatMap(({ name, ports }) =>
    ports.map(({ published: port }) => ({
      ...{ service: name, port },
      address: published.find((one) => one.port === port)?.address ?? null,
    })),
  );
  const lines = ports.map(
    ({ service, port, address }) => `${service}: port ${port} at ${address ?? "its load balancer only"}\n`,
  );
  print(flags, { project: project.name, ports }, [`${project.name} is up.\n`, ...lines].join(""));
}

/** Prints the tasks of a project. */
export async function composePs(flags: ComposeFlags): Promise<void> {
  const { name } = readFile(flags);
  const { ecs } = clients(flags);
  const tasks = await asked(flags, () => tasksOf(ecs, name));
  const rows = tasks.map(({ group = "", taskArn = "", lastStatus = "", healthStatus = "" }) => ({
    ...{ service: group.replace(/^service:/, ""), task: taskArn.slice(taskArn.lastIndexOf("/") + 1) },
    ...{ status: lastStatus, health: healthStatus },
  }));
  rows.sort((a, b) => a.service.localeCompare(b.service) || a.task.localeCompare(b.task));
  const line = (cells: readonly string[]) =>
    `${cells[0]?.padEnd(20)} ${cells[1]?.padEnd(32)} ${cells[2]} ${cells[3]}\n`;
  print(flags, rows, rows.map((row) => line([row.service, row.task, row.status, row.health])).join(""));
}

/** Prints what the services wrote, all or those that are named; with `follow` also what they go on to write. */
export async function composeLogs(
  services: readonly string[],
  flags: ComposeFlags & { readonly follow?: boolean },
): Promise<void> {
  const project = readFile(flags);
  for (const service of services) {
    if (!project.services.some(({ name }) => name === service))
      throw new Trouble(
        `There is no service ${service}.`,
        "The Compose file names no such.",
        "roadstead compose ps",
      );
  }
  const { logs } = clients(flags);
  const seen = new Set<string>();
  let from = 0;
  do {
    const pages = paginateFilterLogEvents(
      { client: logs },
      { logGroupName: logGroup(project.name), startTime: from },
    );
    const events = await asked(flags, () => collected(pages, ({ events = [] }) => events));
    events.sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
    for (const { eventId = "", logStreamName = "", message = "", timestamp = 0 } of events) {
      const service = logStreamName.split("/")[0] ?? "";
      if (seen.has(eventId) || (services.length > 0 && !services.includes(service))) continue;
      seen.add(eventId);
      from = Math.max(from, timestamp - 60_000);
      const line = flags.json
        ? JSON.stringify({ service, timestamp, message })
        : `${service} | ${message.trimEnd()}`;
      process.stdout.write(`${line}\n`);
    }
    if (flags.follow) await sleep(followEvery);
  } while (flags.follow);
}

/** Takes away all that `up` made. */
export async function composeDown(flags: ComposeFlags): Promise<void> {
  const { name } = readFile(flags);
  const { cloudFormation } = clients(flags);
  const was = await asked(flags, () => deleteStack(cloudFormation, stackName(name)));
  print(flags, { project: name, removed: was }, was ? `${name} is gone.\n` : `${name} was not up.\n`);
}

function readFile({ file, projectName }: ComposeFlags): Project {
  const path = resolve(file ?? usualFiles.find((name) => existsSync(name)) ?? "compose.yaml");
  let yaml: string;
  try {
    yaml = readFileSync(path, "utf8");
  } catch (error) {
    throw new Trouble("There is no Compose file.", String(error), "roadstead compose up --file <file>");
  }
  const folder = basename(dirname(path)).toLowerCase();
  const name = folder.replaceAll(/[^a-z0-9-]/g, "").replace(/^[^a-z]+/, "") || "project";
  return readProject(yaml, { name: name.slice(0, 40), called: projectName }, process.env);
}

/** Clients that sign as the environment says, or as the root of the default account, whose keys are known on loopback. */
function clients({ endpoint }: ComposeFlags) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_DEFAULT_REGION } =
    process.env;
  const settings = {
    endpoint,
    region: AWS_REGION ?? AWS_DEFAULT_REGION ?? "us-east-1",
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID ?? "000000000000",
      secretAccessKey: AWS_SECRET_ACCESS_KEY ?? "test",
      ...(AWS_SESSION_TOKEN !== undefined && { sessionToken: AWS_SESSION_TOKEN }),
    },
  };
  return {
    cloudFormation: new CloudFormationClient(settings),
    ecs: new ECSClient(settings),
    logs: new CloudWatchLogsClient(settings),
  };
}

/** What a call answers; what it was refused with, in three lines. */
async function asked<T>({ endpoint }: ComposeFlags, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Trouble || !(error instanceof Error)) throw error;
    if ("$metadata" in error) {
      throw new Trouble(
        "The project cannot be looked after.",
        `${error.name}: ${error.message}`,
        "roadstead compose up",
      );
    }
    throw new Trouble(`No Roadstead answers at ${endpoint}.`, error.message, "roadstead start");
  }
}

async function tasksOf(client: ECSClient, cluster: string): Promise<readonly Task[]> {
  const arns = await collected(paginateListTasks({ client }, { cluster }), ({ taskArns = [] }) => taskArns);
  const tasks: Task[] = [];
  for (let at = 0; at < arns.length; at += 100) {
    const answer = await client.send(new DescribeTasksCommand({ cluster, tasks: arns.slice(at, at + 100) }));
    tasks.push(...(answer.tasks ?? []));
  }
  return tasks;
}

async function collected<Page, Item>(
  pages: AsyncIterable<Page>,
  of: (page: Page) => readonly Item[],
): Promise<Item[]> {
  const found: Item[] = [];
  for await (const page of pages) found.push(...of(page));
  return found;
}

function print({ json }: ComposeFlags, value: object, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : text);
}
