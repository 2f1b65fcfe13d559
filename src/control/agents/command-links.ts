import { createWebSocketStream, type WebSocket } from "ws";
import { second } from "../../kernel/duration.ts";
import type { ExecContainer } from "../../runtime/exec.ts";
import { RemoteExec } from "../../runtime/exec-remote.ts";
import { containerInstanceArn, type InClusterKey } from "../../services/ecs/arn.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import { keyOf } from "../../services/ecs/tasks/execution.ts";
import { closeSocket } from "./close-socket.ts";
import type { AgentPorts } from "./ports.ts";

/** The agent gives a socket up on which it hears nothing for a while; here, when a sign of life is not answered. */
const askEvery = 30 * second;

interface Link {
  readonly socket: WebSocket;
  readonly containers: RemoteExec;
}

/** The sockets of agents over which commands are run in their containers: one a host, the newest. */
export class CommandLinks {
  readonly #ports: Pick<AgentPorts, "tasks" | "clientOf">;
  readonly #links = new Map<string, Link>();

  constructor(ports: Pick<AgentPorts, "tasks" | "clientOf">) {
    this.#ports = ports;
  }

  open(socket: WebSocket, instance: InClusterKey): void {
    const key = containerInstanceArn(instance);
    this.#links.get(key)?.socket.terminate();
    const link: Link = { socket, containers: new RemoteExec(createWebSocketStream(socket)) };
    this.#links.set(key, link);
    let answered = true;
    const asking = setInterval(() => {
      if (!answered) return socket.terminate();
      answered = false;
      socket.ping();
    }, askEvery);
    asking.unref();
    socket.on("pong", () => {
      answered = true;
    });
    socket.once("close", () => {
      clearInterval(asking);
      if (this.#links.get(key) === link) this.#links.delete(key);
    });
  }

  /** The container of a task by its engine's id; undefined when its host has no socket here. */
  async find(taskArn: string, runtimeId: string): Promise<ExecContainer | undefined> {
    const key = keyOf(taskArn);
    if (key === undefined || this.#links.size === 0) return undefined;
    const own = this.#ports.clientOf(ecsPrincipal, key.account, key.region);
    const { task, spec } = (await own.invoke(this.#ports.tasks.inspect, key)) ?? {};
    const container = task?.document.containers.find((one) => one.runtimeId === runtimeId);
    const described = spec?.containers.find(({ definition }) => definition.name === container?.name);
    if (task?.containerInstance === undefined || spec === undefined || described === undefined) {
      return undefined;
    }
    if (container?.status !== "RUNNING") return undefined;
    const { account, region, cluster, containerInstance: id } = task;
    const link = this.#links.get(containerInstanceArn({ account, region, cluster, id }));
    return link?.containers.container(spec, described, runtimeId);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map(({ socket }) => closeSocket(socket)));
  }
}
