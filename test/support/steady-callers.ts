import { Agent, request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

/** What was answered, each with how often. What goes wrong is an answer as well. */
export type Answers = ReadonlyMap<string, number>;

/** HTTP clients that keep their connections. */
export interface SteadyCallers {
  /** Where a listener of a load balancer is reached from here: `<address>:<port>`. */
  placeOf(listenerArn: string): Promise<string>;
  /** Asks so many times, one after the other. @param url without `http://`: `<address>:<port>/<path>` */
  sample(url: string, count: number): Promise<Answers>;
  /** Four clients ask again and again until something has come to its end. */
  underLoad(url: string, work: () => Promise<void>): Promise<Answers>;
  close(): void;
}

/** @param endpoint of the Roadstead whose listeners are asked. */
export function steadyCallers(endpoint: string): SteadyCallers {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  return {
    async placeOf(listenerArn) {
      const { listeners } = await (await fetch(`${endpoint}/_roadstead/load-balancers`)).json();
      const { host } =
        listeners.find((one: { listenerArn: string }) => one.listenerArn === listenerArn) ?? {};
      return `${host?.address}:${host?.port}`;
    },
    async sample(url, count) {
      const answers = new Map<string, number>();
      for (let asked = 0; asked < count; asked += 1) counted(answers, await answer(url, agent));
      return answers;
    },
    async underLoad(url, work) {
      const answers = new Map<string, number>();
      let done = false;
      const load = async (): Promise<void> => {
        while (!done) {
          counted(answers, await answer(url, agent));
          await wait(10);
        }
      };
      const loads = Promise.all([load(), load(), load(), load()]);
      try {
        await work();
      } finally {
        done = true;
      }
      await loads;
      return answers;
    },
    close: () => agent.destroy(),
  };
}

function counted(answers: Map<string, number>, answer: string): void {
  answers.set(answer, (answers.get(answer) ?? 0) + 1);
}

function answer(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(`http://${url}`, { agent, timeout: 10_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        body += piece;
      });
      response.on("end", () => resolve(response.statusCode === 200 ? body : `status ${response.statusCode}`));
      response.on("error", (error) => resolve(error.message));
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", (error) => resolve(error.message));
    sent.end();
  });
}
