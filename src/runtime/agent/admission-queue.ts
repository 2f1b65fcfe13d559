import type { TaskSpec } from "../task.ts";

/** What a host has, and what tasks take of it. */
export interface HostResources {
  /** CPU units, and MiB. */
  readonly cpu: number;
  readonly memory: number;
  /** Ports of the host, as `tcp/80`. */
  readonly ports: ReadonlySet<string>;
}

/** What a task takes, in the arithmetic of the Amazon ECS agent: its own limits, else the sum over its containers. */
export function demandOf(task: TaskSpec): HostResources {
  const definitions = task.containers.map(({ definition }) => definition);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const ports = definitions
    .flatMap(({ portMappings = [] }) => portMappings)
    .filter(({ hostPort }) => task.networkMode !== "awsvpc" && hostPort !== undefined && hostPort > 0)
    .map(({ hostPort, protocol = "tcp" }) => `${protocol}/${hostPort}`);
  return {
    cpu: task.cpu ?? sum(definitions.map(({ cpu = 0 }) => cpu)),
    memory: task.memory ?? sum(definitions.map((one) => one.memoryReservation ?? one.memory ?? 0)),
    ports: new Set(ports),
  };
}

/**
 * Tasks that wait until their host has room for them, strictly in their order: the first that does not fit holds back
 * all behind it, as in the Amazon ECS agent. Whoever places tasks must count alike.
 */
export class AdmissionQueue {
  readonly #has: HostResources;
  readonly #begin: (task: TaskSpec) => void;
  readonly #waiting: TaskSpec[] = [];
  readonly #held = new Map<string, HostResources>();

  constructor(has: HostResources, begin: (task: TaskSpec) => void) {
    this.#has = has;
    this.#begin = begin;
  }

  /** Takes a task, unless it is here already. */
  add(task: TaskSpec): void {
    if (this.#held.has(task.taskArn) || this.#waiting.some((one) => one.taskArn === task.taskArn)) return;
    this.#waiting.push(task);
    this.#admit();
  }

  /** Takes a task back that has not begun; whether there was one. */
  withdraw(taskArn: string): boolean {
    const at = this.#waiting.findIndex((one) => one.taskArn === taskArn);
    if (at < 0) return false;
    this.#waiting.splice(at, 1);
    this.#admit();
    return true;
  }

  /** A task has ended: what it held is free. */
  free(taskArn: string): void {
    if (this.#held.delete(taskArn)) this.#admit();
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const demand = demandOf(next);
      if (!this.#fits(demand)) return;
      this.#waiting.shift();
      this.#held.set(next.taskArn, demand);
      this.#begin(next);
    }
  }

  #fits({ cpu, memory, ports }: HostResources): boolean {
    const held = [...this.#held.values()];
    const left = (of: "cpu" | "memory") =>
      this.#has[of] - held.reduce((total, demand) => total + demand[of], 0);
    const taken = [this.#has, ...held].flatMap((demand) => [...demand.ports]);
    return cpu <= left("cpu") && memory <= left("memory") && !taken.some((port) => ports.has(port));
  }
}
