import type { WebSocket } from "ws";
import { minute, second } from "../../kernel/duration.ts";
import { uuid } from "../../kernel/ids.ts";
import type { TaskSpec } from "../../runtime/task.ts";
import {
  type AgentConnection,
  agentOperations,
  type OutgoingTask,
} from "../../services/ecs/agents/agent-operations.ts";
import { clusterArn, containerInstanceArn, type InClusterKey, taskArn } from "../../services/ecs/arn.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import { keyOf } from "../../services/ecs/tasks/execution.ts";
import { closeSocket } from "./close-socket.ts";
import { CredentialIssuer, type RoleType } from "./credentials.ts";
import { type Frame, listOf, readFrame, textOf, writeFrame } from "./frames.ts";
import { type CredentialSet, payloadTask } from "./payload.ts";
import type { AgentPorts } from "./ports.ts";

/** An agent closes a socket on which it has heard nothing for a minute or two. */
const heartbeatEvery = 30 * second;
/** How often the books are asked for what another process has written. */
const lookEvery = 2 * second;
/** Half of the time for which an agent counts as connected. */
const keepEvery = 45 * second;
/** Credentials that end within this time are given out anew; it is looked for them now and then. */
const renewBefore = 30 * minute;
const renewEvery = 5 * minute;

/** What an agent has said of itself when it opened its socket. */
export interface CommunicationOptions {
  readonly connection: AgentConnection;
  /** Whether it has lost the credentials that it had: its process is new. */
  readonly sendCredentials: boolean;
  /** The origin at which it has called. */
  readonly address: string;
}

/**
 * One open socket of an agent (the Amazon ECS agent's "ACS"): what is to run goes out, what was understood comes in.
 * Everything is at least once: what is not acknowledged goes out again on the next socket, and to an agent a task that
 * it has is no news.
 */
export class CommunicationSession {
  readonly #socket: WebSocket;
  readonly #ports: AgentPorts;
  readonly #options: CommunicationOptions;
  readonly #issuer: CredentialIssuer;
  readonly #timers: NodeJS.Timeout[] = [];
  /** When the credentials of a task end, epoch ms, by the task's ARN. */
  readonly #ends = new Map<string, number>();
  /** What is being done, one after the other: numbers must go out in their order. */
  #work: Promise<void> = Promise.resolve();
  #closed = false;
  #lost: Promise<void> | undefined;
  /** The `messageId` of the last manifest, until the agent has said what it would stop. */
  #manifest: string | undefined;

  constructor(socket: WebSocket, ports: AgentPorts, options: CommunicationOptions) {
    this.#socket = socket;
    this.#ports = ports;
    this.#options = options;
    this.#issuer = new CredentialIssuer(ports);
  }

  /** Sends what waits, and everything that comes from now on. */
  start(): void {
    const { sendCredentials } = this.#options;
    this.#socket.on("message", (data) => this.#then(() => this.#hear(readFrame(`${data}`))));
    this.#socket.on("close", () => this.#end());
    this.#socket.on("error", () => this.#socket.terminate());
    this.#every(heartbeatEvery, () => this.#heartbeat());
    this.#every(lookEvery, () => this.wake());
    this.#every(keepEvery, () =>
      this.#then(() => this.#own().invoke(agentOperations.keep, this.#options.connection)),
    );
    this.#every(renewEvery, () => this.#then(() => this.#renew()));
    this.#heartbeat();
    this.#then(() => this.#sendWaiting());
    this.#then(() => this.#sendManifest());
    if (sendCredentials) this.#then(() => this.#sendCredentials());
  }

  /** Looks for what waits to be sent. */
  wake(): void {
    this.#then(() => this.#look());
  }

  /** Resolves when the agent counts as gone. */
  async close(): Promise<void> {
    await closeSocket(this.#socket);
    await this.#lost;
  }

  #own() {
    const { account, region } = this.#options.connection.instance;
    return this.#ports.clientOf(ecsPrincipal, account, region);
  }

  #every(ms: number, work: () => void): void {
    const timer = setInterval(work, ms);
    timer.unref();
    this.#timers.push(timer);
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work
      .then(() => (this.#closed ? undefined : work()))
      .catch((error: unknown) => {
        const { instance } = this.#options.connection;
        this.#ports.log.error({ err: error, instance: containerInstanceArn(instance) }, "agent's socket");
        // What was not said is said on the next one.
        this.#socket.close(1011);
      });
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#lost = this.#own()
      .invoke(agentOperations.lose, this.#options.connection)
      .catch((error: unknown) => this.#ports.log.error({ err: error }, "agent's socket"));
  }

  #send(type: string, message: object): void {
    this.#socket.send(writeFrame(type, message));
  }

  #heartbeat(): void {
    if (!this.#closed) this.#send("HeartbeatMessage", { healthy: true, messageId: uuid(this.#ports.random) });
  }

  async #look(): Promise<void> {
    const seen = await this.#own().invoke(agentOperations.look, this.#options.connection);
    if (seen === "gone") this.#socket.close(1000);
    if (seen === "waiting") await this.#sendWaiting();
  }

  /** INVARIANT: one task a payload, so that one that cannot be told holds back no other. */
  async #sendWaiting(): Promise<void> {
    for (const outgoing of await this.#own().invoke(agentOperations.take, this.#options.connection)) {
      await this.#sendTask(outgoing);
    }
  }

  async #sendTask({ task, wanted, messageId, sequence }: OutgoingTask): Promise<void> {
    const spec = await this.#specOf(task);
    if (spec === undefined) return;
    const { expiresAt, ...credentials } = wanted === "RUNNING" ? await this.#issuer.of(spec) : {};
    if (expiresAt !== undefined) this.#ends.set(spec.taskArn, expiresAt);
    this.#send("PayloadMessage", {
      ...this.#addressed(),
      messageId,
      seqNum: sequence,
      generatedAt: this.#ports.clock.now(),
      tasks: [payloadTask(spec, wanted, credentials, this.#options.address)],
    });
  }

  async #sendManifest(): Promise<void> {
    const { instance } = this.#options.connection;
    const { timeline, tasks } = await this.#own().invoke(agentOperations.manifest, { instance });
    this.#manifest = uuid(this.#ports.random);
    this.#send("TaskManifestMessage", {
      ...this.#addressed(),
      messageId: this.#manifest,
      generatedAt: this.#ports.clock.now(),
      timeline,
      tasks: tasks.map(({ task, wanted }) => ({
        taskArn: taskArn({ ...instance, id: task }),
        taskClusterArn: clusterArn(instance),
        desiredStatus: wanted,
      })),
    });
  }

  /** Gives out all credentials: a new process of an agent has none, and tells its containers so until it has. */
  async #sendCredentials(): Promise<void> {
    for (const spec of await this.#liveSpecs()) await this.#sendCredentialsOf(spec);
  }

  async #renew(): Promise<void> {
    const now = this.#ports.clock.now();
    for (const spec of await this.#liveSpecs()) {
      const end = this.#ends.get(spec.taskArn);
      if (end === undefined || end - now < renewBefore) await this.#sendCredentialsOf(spec);
    }
  }

  async #sendCredentialsOf(spec: TaskSpec): Promise<void> {
    const { expiresAt, task, execution } = await this.#issuer.of(spec);
    if (expiresAt !== undefined) this.#ends.set(spec.taskArn, expiresAt);
    const send = (roleType: RoleType, roleCredentials: CredentialSet | undefined): void => {
      if (roleCredentials === undefined) return;
      const messageId = uuid(this.#ports.random);
      this.#send("IAMRoleCredentialsMessage", {
        messageId,
        taskArn: spec.taskArn,
        roleType,
        roleCredentials,
      });
    };
    send("TaskApplication", task);
    send("TaskExecution", execution);
  }

  async #liveSpecs(): Promise<readonly TaskSpec[]> {
    const { instance } = this.#options.connection;
    const { tasks } = await this.#own().invoke(agentOperations.listTasks, { instance });
    const running = tasks.filter(({ wanted }) => wanted === "RUNNING");
    const specs = await Promise.all(running.map(({ task }) => this.#specOf(task)));
    return specs.flatMap((spec) => (spec === undefined ? [] : [spec]));
  }

  async #specOf(id: string): Promise<TaskSpec | undefined> {
    const key: InClusterKey = { ...this.#options.connection.instance, id };
    return (await this.#own().invoke(this.#ports.tasks.inspect, key))?.spec;
  }

  #addressed(): object {
    const { instance } = this.#options.connection;
    return { clusterArn: clusterArn(instance), containerInstanceArn: containerInstanceArn(instance) };
  }

  /** Heartbeats and credentials are acknowledged too; nothing follows from that. */
  async #hear(frame: Frame | undefined): Promise<void> {
    const { instance } = this.#options.connection;
    if (frame?.type === "AckRequest") {
      const messageId = textOf(frame.message, "messageId");
      if (messageId !== undefined) {
        await this.#own().invoke(agentOperations.acknowledge, { instance, messageId });
      }
    } else if (frame?.type === "NackRequest") {
      this.#ports.log.info({ why: textOf(frame.message, "reason") }, "an agent has refused a message");
    } else if (frame?.type === "TaskStopVerificationMessage") {
      await this.#verifyStops(frame);
    }
  }

  /** Of the tasks that an agent runs and was not told of, only those stop that are truly unwanted. */
  async #verifyStops({ message }: Frame): Promise<void> {
    const { instance } = this.#options.connection;
    const { tasks } = await this.#own().invoke(agentOperations.listTasks, { instance });
    const wanted = new Set(tasks.filter((one) => one.wanted === "RUNNING").map(({ task }) => task));
    const unwanted = listOf(message, "stopCandidates").filter((candidate) => {
      const key = keyOf(textOf(candidate, "taskArn") ?? "");
      return key !== undefined && !wanted.has(key.id);
    });
    this.#send("TaskStopVerificationAck", {
      ...this.#addressed(),
      messageId: textOf(message, "messageId") ?? this.#manifest,
      generatedAt: this.#ports.clock.now(),
      stopTasks: unwanted,
    });
  }
}
