import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { Fault, isFault } from "../../kernel/fault.ts";
import { uuid } from "../../kernel/ids.ts";
import type { ExecContainer } from "../../runtime/exec.ts";
import { agentOperations } from "../../services/ecs/agents/agent-operations.ts";
import { containerInstanceArn, type InClusterKey, parseEcsArn } from "../../services/ecs/arn.ts";
import { agentPaths } from "../../services/ecs/container-instances/discover-poll-endpoint.ts";
import { CommandLinks } from "./command-links.ts";
import { CommunicationSession } from "./communication.ts";
import type { AgentPorts, SignedMessage } from "./ports.ts";
import { TelemetrySession } from "./telemetry.ts";

/** The largest frame that an agent may send, in bytes: telemetry of ten tasks is far smaller. */
const largestFrame = 1024 * 1024;

/** Where agents hold their sockets. */
export interface AgentSockets {
  /** Takes an upgrade of a connection: opens a socket, or refuses it in words that agents know. Never throws. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  /** Looks for what waits to be sent to an agent whose socket is here. */
  wake(instance: InClusterKey): void;
  /** The container of a task on a host whose agent has called this process. */
  findContainer(taskArn: string, runtimeId: string): Promise<ExecContainer | undefined>;
  /** Closes all sockets, and says so of their agents; these open them again elsewhere, or later. */
  close(): Promise<void>;
}

/** The sockets of the agents that have called this process. */
export function createAgentSockets(ports: AgentPorts): AgentSockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: largestFrame, perMessageDeflate: false });
  const communication = new Map<string, CommunicationSession>();
  const telemetry = new Set<TelemetrySession>();
  const commands = new CommandLinks(ports);

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until `ws` has the socket, nobody else would hear of its end.
    socket.on("error", () => socket.destroy());
    try {
      const message = messageOf(request, ports);
      if (message.path === `${agentPaths.communication}ws`)
        await openCommunication(request, socket, head, message);
      else if (message.path === `${agentPaths.telemetry}ws`)
        await openTelemetry(request, socket, head, message);
      else if (message.path === `${agentPaths.commands}ws`)
        await openCommands(request, socket, head, message);
      else refuse(socket, 404, new Fault("InvalidParameterException", "There is no socket here."));
    } catch (error) {
      if (!isFault(error)) ports.log.error({ err: error }, "agent's upgrade");
      const fault = isFault(error)
        ? error
        : new Fault("ServerException", "Internal failure", { status: 500 });
      refuse(socket, fault.status ?? 400, fault);
    }
  }

  async function openCommunication(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    message: SignedMessage,
  ): Promise<void> {
    const { principal, region } = await ports.identify(message);
    const query = new URLSearchParams(message.query);
    const instance = instanceOf(query.get("containerInstanceArn"));
    const connection = { instance, connection: uuid(ports.random) };
    const versionInfo = {
      agentVersion: query.get("agentVersion") ?? undefined,
      agentHash: query.get("agentHash") ?? undefined,
      dockerVersion: query.get("dockerVersion") ?? undefined,
    };
    await ports
      .clientFor(principal, region, message.source)
      .invoke(agentOperations.poll, { ...connection, versionInfo });
    const opened = await accept(request, socket, head);
    const session = new CommunicationSession(opened, ports, {
      connection,
      sendCredentials: query.get("sendCredentials") === "true",
      address: ports.addressOf(message.source),
    });
    const key = containerInstanceArn(instance);
    void communication.get(key)?.close();
    communication.set(key, session);
    opened.on("close", () => {
      if (communication.get(key) === session) communication.delete(key);
    });
    session.start();
  }

  async function openTelemetry(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    message: SignedMessage,
  ): Promise<void> {
    const signer = await ports.identify(message);
    const instance = instanceOf(new URLSearchParams(message.query).get("containerInstance"));
    await ports
      .clientFor(signer.principal, signer.region, message.source)
      .invoke(agentOperations.startTelemetry, { instance });
    const opened = await accept(request, socket, head);
    const session = new TelemetrySession(opened, ports, { instance, opened: message, signer });
    telemetry.add(session);
    opened.on("close", () => telemetry.delete(session));
  }

  async function openCommands(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    message: SignedMessage,
  ): Promise<void> {
    const { principal, region } = await ports.identify(message);
    const instance = instanceOf(new URLSearchParams(message.query).get("containerInstanceArn"));
    await ports
      .clientFor(principal, region, message.source)
      .invoke(agentOperations.openCommands, { instance });
    commands.open(await accept(request, socket, head), instance);
  }

  function accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<WebSocket> {
    return new Promise((resolve) => server.handleUpgrade(request, socket, head, resolve));
  }

  return {
    upgrade,
    wake: (instance) => communication.get(containerInstanceArn(instance))?.wake(),
    findContainer: (taskArn, runtimeId) => commands.find(taskArn, runtimeId),
    async close() {
      await Promise.all([...communication.values(), ...telemetry, commands].map((one) => one.close()));
      server.close();
    },
  };
}

/** Throws `InvalidInstanceException`, which an agent takes as a reason to try again later. */
function instanceOf(named: string | null): InClusterKey {
  const { type, path, account, region } = parseEcsArn(named ?? "") ?? {};
  const [cluster, id] = path ?? [];
  if (type !== "container-instance" || account === undefined || region === undefined || !cluster || !id) {
    throw new Fault("InvalidInstanceException", "The container instance is invalid.");
  }
  return { account, region, cluster, id };
}

function messageOf(request: IncomingMessage, { clientAddress }: AgentPorts): SignedMessage {
  const { ip, secure } = clientAddress(request);
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  return {
    method: request.method ?? "GET",
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? "" : url.slice(mark + 1),
    headers: request.headers,
    body: Buffer.alloc(0),
    source: {
      ip,
      userAgent: request.headers["user-agent"] ?? "",
      host: request.headers.host,
      secure,
    },
  };
}

/** The body that the Amazon ECS agent reads of a refused upgrade: of a deregistered instance it tries again in an hour. */
function refuse(socket: Duplex, status: number, { code, message }: Fault): void {
  const body = JSON.stringify({ type: code, message: { message } });
  const head = [
    `HTTP/1.1 ${status} Refused`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
