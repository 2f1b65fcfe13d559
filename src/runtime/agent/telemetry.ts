import { randomUUID } from "node:crypto";
import type { ContainerReport, TaskReport, TaskSpec } from "../task.ts";
import type { SocketMessage } from "./agent-socket.ts";
import { type ContainerMetric, type ContainerSample, containerMetric } from "./statistics.ts";

/** What an agent's host has found out about itself and its containers at one moment. */
export interface HostMoment {
  /** Epoch ms. */
  readonly now: number;
  readonly tasks: readonly TaskSpec[];
  /** The last report of each task by its ARN. */
  readonly latest: ReadonlyMap<string, TaskReport>;
  /** What the containers have used, by the ARN of their task. */
  readonly samples: ReadonlyMap<string, readonly ContainerSample[]>;
  /** Whether the container engine answers. */
  readonly engineAnswers: boolean;
}

/** AWS: tasks of one message. */
const mostTasks = 10;

/**
 * What an agent publishes of its host and its tasks: what containers use, how they are, and how the host is. The health
 * of containers is told nowhere else. It remembers what it told before: CPU is what was used since, and a health or a
 * status has its time from when it changed.
 */
export class Telemetry {
  readonly #about: { readonly cluster: string; readonly containerInstance: string };
  readonly #samples = new Map<string, unknown>();
  readonly #healths = new Map<string, { readonly health: string; readonly since: number }>();
  #runtime: { readonly status: string; readonly since: number } | undefined;

  constructor(about: { readonly cluster: string; readonly containerInstance: string }) {
    this.#about = about;
  }

  /** Everything, to be sent in this order. */
  publish(moment: HostMoment): readonly SocketMessage[] {
    const timestamp = moment.now / 1000;
    const metadata = () => ({ ...this.#about, messageId: randomUUID() });
    const metrics = this.#metrics(moment);
    const health = this.#health(moment);
    return [
      ...(metrics.length === 0 ? [[]] : inPages(metrics)).map((taskMetrics, i, pages) => ({
        type: "PublishMetricsRequest",
        message: {
          metadata: { ...metadata(), idle: moment.tasks.length === 0, fin: i === pages.length - 1 },
          timestamp,
          taskMetrics,
        },
      })),
      ...inPages(health).map((tasks, i, pages) => ({
        type: "PublishHealthRequest",
        message: { metadata: { ...metadata(), fin: i === pages.length - 1 }, timestamp, tasks },
      })),
      {
        type: "PublishInstanceStatusRequest",
        message: {
          metadata: { ...this.#about, requestId: randomUUID() },
          timestamp,
          statuses: [this.#status(moment)],
        },
      },
    ];
  }

  #metrics({ tasks, samples }: HostMoment): object[] {
    const seen = new Set<string>();
    const told = tasks.flatMap((task) => {
      const containerMetrics = (samples.get(task.taskArn) ?? []).flatMap(({ name, stats }) => {
        const key = `${task.taskArn} ${name}`;
        seen.add(key);
        const metric: ContainerMetric | undefined = containerMetric(name, this.#samples.get(key), stats);
        this.#samples.set(key, stats);
        return metric === undefined ? [] : [metric];
      });
      return containerMetrics.length === 0 ? [] : [{ ...definitionOf(task), containerMetrics }];
    });
    for (const key of this.#samples.keys()) if (!seen.has(key)) this.#samples.delete(key);
    return told;
  }

  #health({ now, tasks, latest }: HostMoment): object[] {
    const seen = new Set<string>();
    const told = tasks.flatMap((task) => {
      const containers = (latest.get(task.taskArn)?.containers ?? []).flatMap(
        ({ name, health }: ContainerReport) => {
          if (health === undefined) return [];
          const key = `${task.taskArn} ${name}`;
          seen.add(key);
          const before = this.#healths.get(key);
          const since = before?.health === health ? before.since : now;
          this.#healths.set(key, { health, since });
          return [{ containerName: name, healthStatus: health, statusSince: since / 1000 }];
        },
      );
      return containers.length === 0 ? [] : [{ ...definitionOf(task), containers }];
    });
    for (const key of this.#healths.keys()) if (!seen.has(key)) this.#healths.delete(key);
    return told;
  }

  #status({ now, engineAnswers }: HostMoment): object {
    const status = engineAnswers ? "OK" : "IMPAIRED";
    if (this.#runtime?.status !== status) this.#runtime = { status, since: now };
    return {
      type: "ContainerRuntime",
      status,
      lastUpdated: now / 1000,
      lastStatusChange: this.#runtime.since / 1000,
    };
  }
}

function definitionOf({ taskArn, family, revision }: TaskSpec): object {
  return { taskArn, taskDefinitionFamily: family, taskDefinitionVersion: `${revision}` };
}

function inPages<Item>(items: readonly Item[]): Item[][] {
  const pages: Item[][] = [];
  for (let at = 0; at < items.length; at += mostTasks) pages.push(items.slice(at, at + mostTasks));
  return pages;
}
