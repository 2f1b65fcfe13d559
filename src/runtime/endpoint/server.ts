import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { uuid } from "../../kernel/ids.ts";
import type { Random } from "../../kernel/random.ts";
import type { RoleClient } from "../resources/role-client.ts";
import type { TaskSpec } from "../task.ts";
import type { RuntimeLog, TaskEngine } from "../task-engine/task-engine.ts";
import type { TaskView } from "../task-engine/view.ts";
import { mayComeFrom } from "./caller.ts";
import { answerCredentials, type EndpointAnswer, type RoleCredentials } from "./credentials.ts";
import {
  containerMetadata,
  containerMetadataV3,
  taskMetadata,
  taskMetadataV3,
  taskWithTags,
} from "./metadata.ts";
import { answerProtection, protectionError, readProtectionRequest } from "./task-protection.ts";

export interface EndpointPorts {
  readonly tasks: Pick<TaskEngine, "findContainer" | "tasks" | "stats">;
  /** Credentials of a task's own role, fresh enough to be used for a while. Rejects when it cannot be assumed. */
  readonly credentials: (task: TaskSpec) => Promise<RoleCredentials>;
  /** Calls with a task's own role; undefined when it has none. */
  readonly taskRole: (task: TaskSpec) => RoleClient | undefined;
  readonly random: Random;
  readonly log: RuntimeLog;
}

/** Nobody has more to say than a few words. Bytes. */
const largestBody = 16 * 1024;

/**
 * What containers find at 169.254.170.2: credentials of the task role, task metadata, task protection. The caller
 * listens, on an address or on sockets that relays lead to.
 */
export function createEndpointServer(ports: EndpointPorts): Server {
  const server = createServer({ keepAliveTimeout: 5000, headersTimeout: 10_000, maxHeaderSize: 16 * 1024 });
  server.on("request", (request, response) => {
    answer(ports, request)
      .catch((error: unknown) => {
        ports.log.error({ err: error }, "task endpoint failed");
        return { status: 500, body: "Internal Server Error" };
      })
      .then(({ status, body }) => send(response, status, body))
      .catch(() => response.destroy());
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  return server;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body ?? null);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}

const notFound: EndpointAnswer = { status: 404, body: "404 page not found" };

async function answer(ports: EndpointPorts, request: IncomingMessage): Promise<EndpointAnswer> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://endpoint");
  const [version, ...path] = pathname.split("/").slice(1);
  const from = request.socket.remoteAddress;
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (version === "api") return answerApi(ports, request, path, from);
  if (!isRead) return { status: 405, body: "405 method not allowed" };
  if (version === "v1" && path[0] === "credentials") {
    return credentials(ports, "V1", searchParams.get("id") ?? "", from);
  }
  if (version === "v2" && path[0] === "credentials") return credentials(ports, "V2", path[1] ?? "", from);
  if (version === "v3" || version === "v4") return answerMetadata(ports, version, path, from);
  return notFound;
}

function credentials(
  { tasks, credentials: credentialsOf }: EndpointPorts,
  version: "V1" | "V2",
  id: string,
  from: string | undefined,
): Promise<EndpointAnswer> {
  const task = tasks
    .tasks()
    .find((one) => id !== "" && one.spec.credentialsId === id && one.spec.taskRoleArn !== undefined);
  const known = task !== undefined && mayComeFrom(from, task) ? task : undefined;
  return answerCredentials(version, id, known, credentialsOf);
}

async function answerMetadata(
  { tasks }: EndpointPorts,
  version: "v3" | "v4",
  [id = "", ...path]: readonly string[],
  from: string | undefined,
): Promise<EndpointAnswer> {
  const found = tasks.findContainer(id);
  if (found === undefined || !mayComeFrom(from, found.task)) {
    const what = path.join("/").startsWith("task") ? "task" : "container";
    return {
      status: 404,
      body: `${version.toUpperCase()} ${what} metadata handler: unable to get ${what} from request: unable to find the endpoint ID ${id}`,
    };
  }
  const { task, container } = found;
  const v4 = version === "v4";
  switch (path.join("/").replace(/\/$/, "")) {
    case "":
      return ok(v4 ? containerMetadata(container, task) : containerMetadataV3(container, task));
    case "task":
    case "tasks":
      return ok(v4 ? taskMetadata(task) : taskMetadataV3(task));
    case "taskWithTags":
      return ok(v4 ? taskWithTags(task) : taskMetadataV3(task));
    case "stats":
      return ok(await tasks.stats(container.endpointId));
    case "task/stats":
    case "tasks/stats":
      return ok(await taskStats(tasks, task));
    default:
      return notFound;
  }
}

/** Statistics of every container, by the engine's ids. */
async function taskStats(tasks: EndpointPorts["tasks"], task: TaskView) {
  const created = task.containers.filter(({ dockerId }) => dockerId !== undefined);
  const samples = created.map(
    async ({ dockerId, endpointId }) => [dockerId, (await tasks.stats(endpointId)) ?? null] as const,
  );
  return Object.fromEntries(await Promise.all(samples));
}

async function answerApi(
  { tasks, taskRole, random }: EndpointPorts,
  request: IncomingMessage,
  [id = "", ...path]: readonly string[],
  from: string | undefined,
): Promise<EndpointAnswer> {
  if (path.join("/") !== "task-protection/v1/state") return notFound;
  const found = tasks.findContainer(id);
  if (found === undefined || !mayComeFrom(from, found.task)) {
    return protectionError(
      404,
      undefined,
      "ResourceNotFoundException",
      "Failed to find a task for the request",
    );
  }
  const { spec } = found.task;
  const wanted =
    request.method === "PUT" ? readProtectionRequest(await bodyOf(request)) : ({ kind: "get" } as const);
  if (typeof wanted === "string") {
    return protectionError(400, spec.taskArn, "InvalidParameterException", wanted);
  }
  return answerProtection(spec, taskRole(spec), wanted, uuid(random));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    // What is longer is no JSON that anybody asked for; it is read as none.
    if (size > largestBody) return "";
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function ok(body: unknown): EndpointAnswer {
  return { status: 200, body };
}
