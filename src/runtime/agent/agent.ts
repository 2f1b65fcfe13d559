import { setTimeout as delay } from "node:timers/promises";
import {
  DeregisterContainerInstanceCommand,
  DiscoverPollEndpointCommand,
  ECSClient,
  RegisterContainerInstanceCommand,
} from "@aws-sdk/client-ecs";
import { createWebSocketStream, type WebSocket } from "ws";
import { serveExec } from "../exec-remote.ts";
import type { ReportSink, TaskReport, TaskRuntime, TaskSpec } from "../task.ts";
import { AdmissionQueue } from "./admission-queue.ts";
import { AgentSocket, hangUpInSilence, type SocketMessage } from "./agent-socket.ts";
import { attributesOf } from "./capabilities.ts";
import { withClientToken } from "./client-token.ts";
import { currentKeys, type Keys, sdkCredentials } from "./current-keys.ts";
import type { KeptTasks } from "./kept-tasks.ts";
import { type PayloadCredentials, type PayloadTask, taskOfPayload } from "./payload-task.ts";
import type { SigningKeys } from "./signing.ts";
import { submitReport } from "./submit-report.ts";
import { Telemetry } from "./telemetry.ts";

/** What an agent is told when it starts. */
export interface AgentOptions {
  /** Where Roadstead answers: `http://10.0.0.1:4566`. */
  readonly endpoint: string;
  readonly region: string;
  /** What every call is signed with, as it is now: an instance's keys change. */
  readonly keys: () => Promise<SigningKeys>;
  readonly cluster: string;
  /** What an instance of EC2 shows of itself; a host outside of AWS has none and registers as EXTERNAL. */
  readonly identity?: InstanceIdentity | undefined;
  /** Attributes besides those that the agent has itself. */
  readonly attributes: Readonly<Record<string, string>>;
  /** What the host has: CPU units, MiB, and the ports that tasks cannot have. */
  readonly cpu: number;
  readonly memory: number;
  readonly reservedPorts: readonly number[];
  readonly agentVersion: string;
  readonly dockerVersion: string;
  /** The ARN that an earlier start of this agent was given. */
  readonly containerInstanceArn?: string | undefined;
  /** The same at each attempt to register anew, so that only one of them counts. */
  readonly clientToken?: string | undefined;
  /** Makes what runs the tasks; its reports are the agent's. */
  readonly open: (report: ReportSink, agent: AgentView) => HostRuntime | Promise<HostRuntime>;
  /** Where it keeps the tasks that it has taken; nowhere when left out. */
  readonly kept?: KeptTasks;
  readonly log: AgentLog;
  /** How often telemetry goes out, in ms; 20 seconds when left out. */
  readonly telemetryEvery?: number;
}

/** What an EC2 instance registers with: the document at its metadata service, and its signature. */
export interface InstanceIdentity {
  readonly document: string;
  readonly signature: string;
}

/** What runs an agent's tasks. */
export type HostRuntime = TaskRuntime;

/** What the rest of an agent may ask of it. */
export interface AgentView {
  /** The credentials of a task's role or execution role, as they were last given out. */
  credentialsOf(taskArn: string, role: "task" | "execution"): PayloadCredentials | undefined;
}

/** One line for what an operator should know. */
export interface AgentLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** An agent that works. */
export interface Agent extends AgentView {
  readonly containerInstanceArn: string;
  /** Takes the host out of its cluster: what runs there is given up, and stopped before this returns. */
  leave(): Promise<void>;
  /** Lets go of the sockets and of the containers, which run on. */
  stop(): Promise<void>;
}

const ordinaryTelemetry = 20_000;
/** How long tasks may take to end when their host leaves, in ms: AWS tells a machine two minutes before. */
const farewell = 110_000;

/** Registers a host and keeps its sockets: what a control plane tells it runs there, what becomes of it is reported. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { endpoint, region, cluster } = options;
  const keys = await currentKeys(options.keys);
  const ecs = new ECSClient({ endpoint, region, credentials: async () => sdkCredentials(keys()) });
  const registration = new RegisterContainerInstanceCommand({
    cluster,
    containerInstanceArn: options.containerInstanceArn,
    instanceIdentityDocument: options.identity?.document,
    instanceIdentityDocumentSignature: options.identity?.signature,
    attributes: attributesOf({ ...options, external: options.identity === undefined }),
    totalResources: [
      { name: "CPU", type: "INTEGER", integerValue: options.cpu },
      { name: "MEMORY", type: "INTEGER", integerValue: options.memory },
      { name: "PORTS", type: "STRINGSET", stringSetValue: options.reservedPorts.map(String) },
      { name: "PORTS_UDP", type: "STRINGSET", stringSetValue: [] },
    ],
    versionInfo: { agentVersion: options.agentVersion, dockerVersion: options.dockerVersion },
  });
  const { containerInstance } = await ecs.send(
    options.clientToken === undefined ? registration : withClientToken(registration, options.clientToken),
  );
  const arn = containerInstance?.containerInstanceArn ?? "";
  const zone = containerInstance?.attributes?.find(({ name }) => name === "ecs.availability-zone")?.value;
  const addresses = await ecs.send(new DiscoverPollEndpointCommand({ cluster, containerInstance: arn }));
  const working = new WorkingAgent({ ...options, keys }, ecs, arn, zone ?? `${region}a`);
  await working.start(addresses.endpoint ?? "", addresses.telemetryEndpoint ?? "");
  return working;
}

interface WorkingOptions extends Omit<AgentOptions, "keys"> {
  readonly keys: Keys;
}

class WorkingAgent implements Agent {
  readonly containerInstanceArn: string;
  readonly #options: WorkingOptions;
  readonly #publisher: Telemetry;
  readonly #ecs: ECSClient;
  readonly #zone: string;
  readonly #queue: AdmissionQueue;
  readonly #tasks = new Map<string, TaskSpec>();
  readonly #credentials = new Map<string, PayloadCredentials>();
  readonly #latest = new Map<string, TaskReport>();
  /** What is reported of a task goes out in its order. */
  readonly #reporting = new Map<string, Promise<void>>();
  #runtime: HostRuntime | undefined;
  #communication: AgentSocket | undefined;
  #telemetry: AgentSocket | undefined;
  #commands: AgentSocket | undefined;
  #telemetryTimer: NodeJS.Timeout | undefined;
  #connectedOnce = false;
  #newest = 0;
  #stopped = false;
  /** Called when the last task is gone. */
  #onIdle: () => void = () => {};
  #publishing = false;

  constructor(options: WorkingOptions, ecs: ECSClient, arn: string, zone: string) {
    this.#options = options;
    this.#publisher = new Telemetry({ cluster: options.cluster, containerInstance: arn });
    this.#ecs = ecs;
    this.containerInstanceArn = arn;
    this.#zone = zone;
    const ports = new Set(options.reservedPorts.map((port) => `tcp/${port}`));
    this.#queue = new AdmissionQueue({ cpu: options.cpu, memory: options.memory, ports }, (task) =>
      this.#begin(task),
    );
  }

  async start(endpoint: string, telemetryEndpoint: string): Promise<void> {
    const { region, keys, telemetryEvery = ordinaryTelemetry } = this.#options;
    this.#runtime = await this.#options.open((report) => this.#report(report), this);
    await this.#takeUp();
    const shared = {
      region,
      keys,
      now: () => Date.now(),
      onInactive: () => this.#options.log.info({}, "the container instance is deregistered"),
    };
    this.#communication = new AgentSocket({
      ...shared,
      signed: false,
      url: () => this.#communicationUrl(endpoint),
      onOpen: () => {
        this.#connectedOnce = true;
      },
      onMessage: (message) => this.#hear(message),
    });
    this.#telemetry = new AgentSocket({
      ...shared,
      signed: true,
      url: () => this.#telemetryUrl(telemetryEndpoint),
      onOpen: () => void this.#publish(),
      onMessage: () => {},
    });
    this.#commands = new AgentSocket({
      ...shared,
      signed: false,
      url: () => this.#commandsUrl(endpoint),
      onOpen: (socket) => this.#serveCommands(socket),
    });
    this.#communication.open();
    this.#telemetry.open();
    this.#commands.open();
    this.#telemetryTimer = setInterval(() => void this.#publish(), telemetryEvery);
  }

  async leave(): Promise<void> {
    const { cluster } = this.#options;
    const containerInstance = this.containerInstanceArn;
    await this.#ecs.send(new DeregisterContainerInstanceCommand({ cluster, containerInstance, force: true }));
    const ended = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    for (const taskArn of this.#tasks.keys()) this.#end(taskArn);
    if (this.#tasks.size > 0) await Promise.race([ended, delay(farewell, undefined, { ref: false })]);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#options.keys.stop();
    clearInterval(this.#telemetryTimer);
    this.#communication?.close();
    this.#telemetry?.close();
    this.#commands?.close();
    await Promise.allSettled(this.#reporting.values());
    await this.#runtime?.close();
    this.#ecs.destroy();
  }

  credentialsOf(taskArn: string, role: "task" | "execution"): PayloadCredentials | undefined {
    return this.#credentials.get(`${role} ${taskArn}`);
  }

  #communicationUrl(endpoint: string): URL {
    const url = new URL("ws", endpoint);
    const { agentVersion, dockerVersion, cluster } = this.#options;
    url.search = new URLSearchParams({
      agentHash: "roadstead",
      agentVersion,
      clusterArn: cluster,
      containerInstanceArn: this.containerInstanceArn,
      dockerVersion: `DockerVersion: ${dockerVersion}`,
      protocolVersion: "2",
      sendCredentials: `${!this.#connectedOnce}`,
      seqNum: "1",
    }).toString();
    return url;
  }

  #telemetryUrl(endpoint: string): URL {
    const url = new URL("ws", endpoint);
    const { agentVersion, dockerVersion, cluster } = this.#options;
    url.search = new URLSearchParams({
      agentHash: "roadstead",
      agentVersion,
      cluster,
      containerInstance: this.containerInstanceArn,
      dockerVersion,
    }).toString();
    return url;
  }

  /** Ours, beside the two that agents of AWS have: what their agents in containers hold is held for all of them. */
  #commandsUrl(endpoint: string): URL {
    const url = new URL("../exec/ws", endpoint);
    const { containerInstanceArn } = this;
    url.search = new URLSearchParams({ containerInstanceArn }).toString();
    return url;
  }

  #serveCommands(socket: WebSocket): void {
    const exec = this.#runtime?.exec;
    if (exec === undefined) return;
    hangUpInSilence(socket);
    serveExec(createWebSocketStream(socket), exec);
  }

  #hear({ type, message }: SocketMessage): void {
    const messageId = typeof message.messageId === "string" ? message.messageId : "";
    switch (type) {
      case "HeartbeatMessage":
        this.#communication?.send("HeartbeatAckRequest", { messageId });
        return;
      case "PayloadMessage":
        this.#takePayload(messageId, message);
        return;
      case "IAMRoleCredentialsMessage":
        this.#takeCredentials(messageId, message);
        return;
      case "TaskManifestMessage":
        this.#compare(messageId, message);
        return;
      case "TaskStopVerificationAck":
        for (const { taskArn } of listOf<{ taskArn: string }>(message.stopTasks)) this.#end(taskArn);
        return;
      case "PerformUpdateMessage":
      case "StageUpdateMessage":
        this.#acknowledge("NackRequest", messageId, { reason: "Updates are disabled" });
        return;
    }
  }

  /** Acknowledged before anything is done, stops before starts. */
  #takePayload(messageId: string, message: SocketMessage["message"]): void {
    const tasks = listOf<PayloadTask>(message.tasks);
    this.#note(message.seqNum);
    this.#acknowledge("AckRequest", messageId);
    for (const task of tasks) {
      for (const [role, set] of [
        ["task", task.roleCredentials],
        ["execution", task.executionRoleCredentials],
      ] as const) {
        if (set === undefined) continue;
        this.#credentials.set(`${role} ${task.arn}`, set);
        this.#acknowledgeCredentials(messageId, set);
      }
    }
    for (const task of tasks) if (task.desiredStatus === "STOPPED") this.#end(task.arn);
    for (const task of tasks) if (task.desiredStatus !== "STOPPED") this.#add(task);
  }

  #takeCredentials(messageId: string, message: SocketMessage["message"]): void {
    const set = message.roleCredentials as PayloadCredentials;
    const role = message.roleType === "TaskExecution" ? "execution" : "task";
    this.#credentials.set(`${role} ${message.taskArn}`, set);
    this.#acknowledgeCredentials(messageId, set);
  }

  #acknowledgeCredentials(messageId: string, { credentialsId, expiration }: PayloadCredentials): void {
    this.#communication?.send("IAMRoleCredentialsAckRequest", { credentialsId, expiration, messageId });
  }

  /** Tasks that run here and are not listed are asked about before they stop. An older list says nothing. */
  #compare(messageId: string, message: SocketMessage["message"]): void {
    if (!this.#note(message.timeline)) return;
    this.#acknowledge("AckRequest", messageId);
    const listed = new Map(
      listOf<{ taskArn: string; desiredStatus: string }>(message.tasks).map((one) => [one.taskArn, one]),
    );
    const candidates = [...this.#tasks.values()].filter(({ taskArn }) => !listed.has(taskArn));
    for (const { taskArn, desiredStatus } of listed.values()) {
      if (desiredStatus === "STOPPED") this.#end(taskArn);
    }
    if (candidates.length === 0) return;
    this.#communication?.send("TaskStopVerificationMessage", {
      messageId,
      stopCandidates: candidates.map(({ taskArn, clusterArn }) => ({
        taskArn,
        taskClusterArn: clusterArn,
        desiredStatus: "STOPPED",
      })),
    });
  }

  /** Whether a number is greater than all before. */
  #note(number: unknown): boolean {
    if (typeof number !== "number" || number <= this.#newest) return false;
    this.#newest = number;
    return true;
  }

  #acknowledge(type: "AckRequest" | "NackRequest", messageId: string, more: object = {}): void {
    const { cluster } = this.#options;
    this.#communication?.send(type, {
      cluster,
      containerInstance: this.containerInstanceArn,
      messageId,
      ...more,
    });
  }

  /** Goes on with the tasks of the process before; what else is left of one is removed. */
  async #takeUp(): Promise<void> {
    const kept = (await this.#options.kept?.list()) ?? [];
    await this.#runtime?.keepOnly(new Set(kept.map(({ taskArn }) => taskArn)));
    for (const task of kept) {
      this.#tasks.set(task.taskArn, task);
      this.#queue.add(task);
    }
  }

  #add(payload: PayloadTask): void {
    if (this.#tasks.has(payload.arn)) return;
    try {
      const task = taskOfPayload(payload, this.#zone);
      this.#tasks.set(task.taskArn, task);
      this.#queue.add(task);
    } catch (error) {
      this.#options.log.error({ err: error, task: payload.arn }, "a payload that cannot be read");
      const reason = `UnrecognizedTaskError: ${error instanceof Error ? error.message : error}`;
      void this.#report({ taskArn: payload.arn, status: "STOPPED", reason, containers: [] });
    }
  }

  #begin(task: TaskSpec): void {
    const start = async (): Promise<void> => {
      await this.#options.kept?.keep(task);
      await this.#runtime?.start(task);
    };
    start().catch((error: unknown) => {
      this.#options.log.error({ err: error, task: task.taskArn }, "a task does not start");
      const reason = `CannotCreateContainerError: ${error instanceof Error ? error.message : error}`;
      void this.#report({ taskArn: task.taskArn, status: "STOPPED", reason, containers: [] });
    });
  }

  /** A task that has not begun, or that nobody knows here, has stopped. */
  #end(taskArn: string): void {
    if (this.#queue.withdraw(taskArn) || !this.#tasks.has(taskArn)) {
      void this.#report({ taskArn, status: "STOPPED", containers: [] });
      return;
    }
    this.#runtime?.stop(taskArn).catch((error: unknown) => {
      this.#options.log.error({ err: error, task: taskArn }, "a task does not stop");
    });
  }

  #report(report: TaskReport): Promise<void> {
    const { taskArn } = report;
    this.#latest.set(taskArn, report);
    const before = this.#reporting.get(taskArn) ?? Promise.resolve();
    const told = before.then(async () => {
      await submitReport(this.#ecs, this.#options.cluster, report, () => this.#stopped);
      if (report.status === "STOPPED") await this.#cleanUp(taskArn);
    });
    this.#reporting.set(taskArn, told);
    return told;
  }

  async #cleanUp(taskArn: string): Promise<void> {
    if (this.#stopped) return;
    this.#tasks.delete(taskArn);
    this.#latest.delete(taskArn);
    this.#reporting.delete(taskArn);
    for (const role of ["task", "execution"]) this.#credentials.delete(`${role} ${taskArn}`);
    this.#queue.free(taskArn);
    await this.#options.kept?.drop(taskArn);
    await this.#runtime?.remove(taskArn).catch((error: unknown) => {
      this.#options.log.error({ err: error, task: taskArn }, "a task is not cleaned up");
    });
    if (this.#tasks.size === 0) this.#onIdle();
  }

  /** One at a time: an engine that does not answer must not be asked ever more. */
  async #publish(): Promise<void> {
    if (this.#publishing) return;
    this.#publishing = true;
    await this.#publishMoment().finally(() => {
      this.#publishing = false;
    });
  }

  async #publishMoment(): Promise<void> {
    const samples = await this.#runtime?.sample?.().catch(() => undefined);
    const absent = await this.#runtime?.unavailable().catch(() => "it does not answer");
    if (this.#stopped) return;
    const messages = this.#publisher.publish({
      now: Date.now(),
      tasks: [...this.#tasks.values()],
      latest: this.#latest,
      samples: samples ?? new Map(),
      engineAnswers: absent === undefined,
    });
    for (const { type, message } of messages) this.#telemetry?.send(type, message);
  }
}

function listOf<Item>(value: unknown): readonly Item[] {
  return Array.isArray(value) ? value : [];
}
