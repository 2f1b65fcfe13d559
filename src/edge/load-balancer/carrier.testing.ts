import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../kernel/clock.ts";
import { systemRandom } from "../../kernel/random.ts";
import type {
  LoadBalancerView,
  TargetHealthReport,
} from "../../services/elasticloadbalancing/load-balancer-view.ts";
import { LoadBalancerCarrier } from "./carrier.ts";
import type { TrafficObserver } from "./ports.ts";

/** A carrier of one load balancer, at work on loopback. */
export interface TestBalancer {
  /** Of the listener at this place in the view. */
  port(listener?: number): number;
  readonly reports: readonly TargetHealthReport[];
  readonly troubles: readonly object[];
  apply(view: LoadBalancerView): Promise<void>;
  /** Waits until the latest report of a target says this. */
  reported(address: string, state: TargetHealthReport["state"]): Promise<TargetHealthReport>;
  close(): Promise<void>;
}

export async function testBalancer(
  view: LoadBalancerView,
  observer?: TrafficObserver,
): Promise<TestBalancer> {
  const reports: TargetHealthReport[] = [];
  const troubles: object[] = [];
  const waiting = new Set<() => void>();
  const carrier = new LoadBalancerCarrier({
    clock: systemClock,
    random: systemRandom,
    log: { info() {}, error: (fields) => void troubles.push(fields) },
    cookieKey: Buffer.from("of the tests"),
    hostAddress: "127.0.0.1",
    ...(observer && { observer }),
    async report(found) {
      reports.push(...found);
      for (const wake of waiting) wake();
    },
  });
  await carrier.apply([view], []);
  let listeners = view.listeners;
  return {
    reports,
    troubles,
    port: (at = 0) =>
      carrier.places().find(({ listenerArn }) => listenerArn === listeners[at]?.listener.ListenerArn)?.host
        ?.port ?? 0,
    async apply(now) {
      listeners = now.listeners;
      await carrier.apply([now], []);
    },
    reported: (address, state) =>
      new Promise((resolve) => {
        const look = (): void => {
          const last = reports.findLast(({ target }) => `${target.Id}:${target.Port}` === address);
          if (last?.state !== state) return;
          waiting.delete(look);
          resolve(last);
        };
        waiting.add(look);
        look();
      }),
    close: () => carrier.close(),
  };
}

/** A target on loopback. */
export interface TestTarget {
  readonly port: number;
  readonly server: Server;
  /** Requests but for health checks. */
  readonly requests: IncomingMessage[];
  close(): Promise<void>;
}

/** A web server. @param answer to what is no health check; says its port by default. */
export async function webTarget(answer?: RequestListener): Promise<TestTarget> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    if (request.headers["user-agent"] === "ELB-HealthChecker/2.0") return void response.end();
    requests.push(request);
    if (answer !== undefined) return void answer(request, response);
    request.resume();
    response.end(`from ${port}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ port, server, requests },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
