import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  type Service,
  type Task,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";

/** Where services are tossed about. */
export interface Sea {
  /** Undefined while the server is away. */
  client(): ECSClient | undefined;
  readonly subnet: string;
  /** Draws from the seed: the same words give the same number. */
  drawn(words: string): number;
}

/** Task definitions: two that run, and one whose container cannot be started. */
export const families = ["calm", "breeze", "broken"] as const;

/** The most tasks that a tossed service wants. */
export const mostWanted = 3;

const configuration = {
  deploymentCircuitBreaker: {
    enable: true,
    rollback: true,
    thresholdConfiguration: { type: "COUNT", value: 2 },
  },
} as const;

/** What a server may answer to changes that come at any moment, besides doing them. */
const fair = [
  "ServiceNotFoundException",
  "ServiceNotActiveException",
  /Unable to Start a service that is still Draining/,
  /Creation of service was not idempotent/,
  /Roadstead cannot run tasks on Fargate: /,
];

/** A service that is created, updated, scaled and deleted without a pause. */
export class TossedService {
  readonly name: string;
  readonly #sea: Sea;
  #changes = 0;
  #done = false;

  constructor(name: string, sea: Sea) {
    this.name = name;
    this.#sea = sea;
  }

  /** Changes it until `calm`. Throws what a server must not answer. */
  async toss(): Promise<void> {
    this.#done = false;
    while (!this.#done) {
      await this.#asked((ecs) => this.#change(ecs, this.#changes++));
      await wait(this.#sea.drawn(`${this.name} pause ${this.#changes}`) % 600);
    }
  }

  /** Changes it no more. */
  calm(): void {
    this.#done = true;
  }

  /** Has it run two tasks of a definition that works. */
  async settle(ecs: ECSClient): Promise<void> {
    const service = await this.described(ecs);
    if (service?.status === "ACTIVE") {
      await ecs.send(
        new UpdateServiceCommand({ service: this.name, taskDefinition: families[0], desiredCount: 2 }),
      );
    } else await this.#asked(() => this.#create(ecs, families[0], 2));
  }

  async described(ecs: ECSClient): Promise<Service | undefined> {
    const { services = [] } = await ecs.send(new DescribeServicesCommand({ services: [this.name] }));
    return services[0];
  }

  /** Its tasks that are not STOPPED. */
  async tasks(ecs: ECSClient): Promise<readonly Task[]> {
    const arns: string[] = [];
    for (const desiredStatus of ["RUNNING", "STOPPED"] as const) {
      const { taskArns = [] } = await ecs.send(
        new ListTasksCommand({ serviceName: this.name, desiredStatus }),
      );
      arns.push(...taskArns);
    }
    return (await describeTasks(ecs, arns)).filter(({ lastStatus }) => lastStatus !== "STOPPED");
  }

  async remove(ecs: ECSClient): Promise<void> {
    await this.#asked(() => ecs.send(new DeleteServiceCommand({ service: this.name, force: true })));
  }

  async #change(ecs: ECSClient, number: number): Promise<unknown> {
    const draw = (what: string): number => this.#sea.drawn(`${this.name} ${what} ${number}`);
    const status = (await this.described(ecs))?.status;
    const family = families[draw("family") % families.length] ?? families[0];
    const count = draw("count") % (mostWanted + 1);
    if (status === "DRAINING") return undefined;
    if (status !== "ACTIVE") return this.#create(ecs, families[draw("family") % 2] ?? families[0], count);
    const service = this.name;
    switch (draw("change") % 6) {
      case 0:
        return draw("removal") % 3 === 0 ? this.remove(ecs) : undefined;
      case 1:
      case 2:
        return ecs.send(new UpdateServiceCommand({ service, desiredCount: count }));
      case 3:
        return ecs.send(new UpdateServiceCommand({ service, forceNewDeployment: true }));
      default:
        return ecs.send(new UpdateServiceCommand({ service, taskDefinition: family }));
    }
  }

  #create(ecs: ECSClient, taskDefinition: string, desiredCount: number): Promise<unknown> {
    return ecs.send(
      new CreateServiceCommand({
        serviceName: this.name,
        taskDefinition,
        desiredCount,
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets: [this.#sea.subnet] } },
        deploymentConfiguration: configuration,
      }),
    );
  }

  /** Asks for something; a server that is away, or refuses for a good reason, is none of its concern. */
  async #asked(ask: (ecs: ECSClient) => Promise<unknown>): Promise<void> {
    const ecs = this.#sea.client();
    if (ecs === undefined) return;
    try {
      await ask(ecs);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const { httpStatusCode } = (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {};
      // It was killed before it answered.
      if (httpStatusCode === undefined) return;
      const { name, message } = error;
      if (!fair.some((one) => (typeof one === "string" ? one === name : one.test(message)))) throw error;
    }
  }
}

/** Tasks by their ARNs, however many. */
export async function describeTasks(ecs: ECSClient, arns: readonly string[]): Promise<readonly Task[]> {
  const all: Task[] = [];
  for (let from = 0; from < arns.length; from += 100) {
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ tasks: arns.slice(from, from + 100) }));
    all.push(...tasks);
  }
  return all;
}

/** Numbers drawn from a seed by words. */
export function drawFrom(seed: string): (words: string) => number {
  return (words) => createHash("sha256").update(`${seed} ${words}`).digest().readUInt32BE(0);
}
