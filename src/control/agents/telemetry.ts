import type { WebSocket } from "ws";
import { second } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import { uuid } from "../../kernel/ids.ts";
import type { ContainerReport } from "../../runtime/task.ts";
import { agentOperations } from "../../services/ecs/agents/agent-operations.ts";
import { containerInstanceArn, type InClusterKey } from "../../services/ecs/arn.ts";
import type { InstanceHealth } from "../../services/ecs/container-instances/instance.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import { keyOf } from "../../services/ecs/tasks/execution.ts";
import { closeSocket } from "./close-socket.ts";
import { type Frame, listOf, readFrame, readSignedFrame, textOf, writeFrame } from "./frames.ts";
import { readMetrics } from "./metrics-frame.ts";
import type { AgentPorts, SignedMessage, Signer } from "./ports.ts";

const heartbeatEvery = 30 * second;

/** How a telemetry message is answered. */
const answers: Readonly<Record<string, string>> = {
  PublishMetricsRequest: "AckPublishMetric",
  PublishHealthRequest: "AckPublishHealth",
  PublishInstanceStatusRequest: "AckPublishInstanceStatus",
};

/** The types of a host's health, as agents and as answers write them. */
const healthTypes: Readonly<Record<string, InstanceHealth["type"]>> = {
  ContainerRuntime: "CONTAINER_RUNTIME",
  AcceleratedCompute: "ACCELERATED_COMPUTE",
  Daemon: "DAEMON",
};
const healthStates: ReadonlySet<string> = new Set(["OK", "IMPAIRED", "INSUFFICIENT_DATA", "INITIALIZING"]);
const healths: ReadonlySet<string> = new Set(["HEALTHY", "UNHEALTHY", "UNKNOWN"]);

/** What a telemetry socket was opened with: each of its frames is signed like that request. */
export interface TelemetryOptions {
  readonly instance: InClusterKey;
  readonly opened: SignedMessage;
  readonly signer: Signer;
}

/**
 * One open telemetry socket of an agent (the Amazon ECS agent's "TCS"). The health of containers comes in only here.
 * INVARIANT: a frame counts only when whoever opened the socket has signed it.
 */
export class TelemetrySession {
  readonly #socket: WebSocket;
  readonly #ports: AgentPorts;
  readonly #options: TelemetryOptions;
  readonly #heartbeat: NodeJS.Timeout;
  #work: Promise<void> = Promise.resolve();

  constructor(socket: WebSocket, ports: AgentPorts, options: TelemetryOptions) {
    this.#socket = socket;
    this.#ports = ports;
    this.#options = options;
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatEvery);
    this.#heartbeat.unref();
    socket.on("message", (data) => {
      this.#work = this.#work.then(() => this.#hear(`${data}`)).catch((error: unknown) => this.#fail(error));
    });
    socket.on("close", () => clearInterval(this.#heartbeat));
    socket.on("error", () => socket.terminate());
    this.#beat();
  }

  close(): Promise<void> {
    return closeSocket(this.#socket);
  }

  #beat(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(writeFrame("HeartbeatMessage", { healthy: true, messageId: uuid(this.#ports.random) }));
  }

  #fail(error: unknown): void {
    const instance = containerInstanceArn(this.#options.instance);
    if (isFault(error)) {
      this.#ports.log.info({ instance, why: error.message }, "an agent's telemetry is refused");
      this.#socket.close(1008);
    } else {
      this.#ports.log.error({ err: error, instance }, "agent's telemetry");
      this.#socket.close(1011);
    }
  }

  async #hear(text: string): Promise<void> {
    const signed = readSignedFrame(text);
    if (signed === undefined) return this.#socket.close(1007);
    const { opened, signer } = this.#options;
    const { principal } = await this.#ports.identify({
      ...opened,
      headers: signed.headers,
      body: Buffer.from(signed.body, "utf8"),
    });
    if (arnOf(principal) !== arnOf(signer.principal)) return this.#socket.close(1008);
    const frame = readFrame(signed.body);
    const answer = frame && answers[frame.type];
    if (frame === undefined || answer === undefined) return;
    if (frame.type === "PublishMetricsRequest") await this.#noteMetrics(frame);
    if (frame.type === "PublishHealthRequest") await this.#noteContainers(frame);
    if (frame.type === "PublishInstanceStatusRequest") await this.#noteHost(frame);
    this.#socket.send(writeFrame(answer, { message: "ok" }));
  }

  async #noteMetrics({ message }: Frame): Promise<void> {
    const { instance } = this.#options;
    const tasks = readMetrics(message, instance, this.#ports.clock.now());
    if (tasks.length > 0) await this.#own().invoke(agentOperations.noteStatistics, { instance, tasks });
  }

  /** INVARIANT: an agent tells of the tasks of its own cluster and account only; of others nothing is taken. */
  async #noteContainers({ message }: Frame): Promise<void> {
    const { instance } = this.#options;
    for (const told of listOf(message, "tasks")) {
      const taskArn = textOf(told, "taskArn") ?? "";
      const key = keyOf(taskArn);
      const own =
        key?.account === instance.account &&
        key.region === instance.region &&
        key.cluster === instance.cluster;
      if (!own) continue;
      const containers = listOf(told, "containers").flatMap(containerHealth);
      // Only containers that run are probed; how far the task has come is told elsewhere.
      await this.#own().invoke(this.#ports.tasks.report, { taskArn, status: "PENDING", containers });
    }
  }

  async #noteHost({ message }: Frame): Promise<void> {
    const now = this.#ports.clock.now();
    const health = listOf(message, "statuses").flatMap((told): InstanceHealth[] => {
      const type = healthTypes[textOf(told, "type") ?? ""];
      const status = textOf(told, "status") ?? "";
      if (type === undefined || !healthStates.has(status)) return [];
      const lastUpdated = timeOf(told.lastUpdated, now);
      const lastStatusChange = timeOf(told.lastStatusChange, now);
      return [{ type, status: status as InstanceHealth["status"], lastUpdated, lastStatusChange }];
    });
    const { instance } = this.#options;
    await this.#own().invoke(agentOperations.noteHealth, { instance, health });
  }

  #own() {
    const { account, region } = this.#options.instance;
    return this.#ports.clientOf(ecsPrincipal, account, region);
  }
}

function containerHealth(told: Readonly<Record<string, unknown>>): ContainerReport[] {
  const name = textOf(told, "containerName");
  const health = textOf(told, "healthStatus") ?? "";
  if (name === undefined || !healths.has(health)) return [];
  return [{ name, status: "RUNNING", health: health as NonNullable<ContainerReport["health"]> }];
}

/** Epoch seconds, with a fraction, or a text of a time. */
function timeOf(value: unknown, otherwise: number): number {
  const ms =
    typeof value === "number" ? value * second : typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isFinite(ms) ? Math.round(ms) : otherwise;
}

function arnOf(principal: Signer["principal"]): string | undefined {
  return "arn" in principal ? principal.arn : undefined;
}
