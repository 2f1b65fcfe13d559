import type { LoopPorts } from "../control/ports.ts";
import { routeMetrics } from "../edge/service-connect/metrics.ts";
import {
  type ConnectProxies,
  type CountedRoute,
  createConnectProxies,
} from "../edge/service-connect/proxies.ts";
import { systemClock } from "../kernel/clock.ts";
import { minute } from "../kernel/duration.ts";
import { uuid } from "../kernel/ids.ts";
import { trustedCertificate } from "../services/acm/private-authority.ts";
import { ecsPrincipal } from "../services/ecs/role.ts";
import { tlsRole } from "../services/ecs/service-connect/certificate.ts";
import { publishConnectMetrics } from "../services/ecs/service-connect/publish-metrics.ts";
import type { TaskSurroundings } from "./task-surroundings.ts";

/** Opens Service Connect on this machine: its proxies, and once a minute what they have counted. */
export function openServiceConnect(
  {
    clientAs,
    clientOf,
    clock,
    random,
    log,
  }: Pick<LoopPorts, "clientAs" | "clientOf" | "clock" | "random" | "log">,
  { relayFolder, logs }: Pick<TaskSurroundings, "relayFolder" | "logs">,
): ConnectProxies {
  /** The same for all tasks of an installation, once there is one. */
  let authority: string | undefined;
  const proxies = createConnectProxies({
    relayFolder,
    clientOf: (account, region) =>
      clientAs({ servicePrincipal: ecsPrincipal, account, region, sessionName: "ecs-service-connect" }),
    clientOfRole: ({ account, region, serviceName = "", clusterArn }, roleArn) => {
      const serviceArn = `${clusterArn.replace(":cluster/", ":service/")}/${serviceName}`;
      return clientAs({ ...tlsRole({ roleArn, serviceArn }), account, region });
    },
    async authority({ account, region }) {
      authority ??= await clientOf(ecsPrincipal, account, region).invoke(trustedCertificate, {});
      if (authority === undefined) throw new Error("there is no certificate authority");
      return authority;
    },
    logs,
    now: () => clock.now(),
    machineNow: () => systemClock.now(),
    log,
  });
  const timer = setInterval(() => {
    publish().catch((error: unknown) => log.error({ err: error }, "metrics of Service Connect were lost"));
  }, minute);
  timer.unref();
  return {
    ...proxies,
    async closeAll() {
      clearInterval(timer);
      await proxies.closeAll();
    },
  };

  async function publish(): Promise<void> {
    const at = Math.floor(clock.now() / minute) * minute;
    const places = new Map<string, CountedRoute[]>();
    for (const route of proxies.take()) {
      const place = `${route.task.account}/${route.task.region}`;
      places.set(place, [...(places.get(place) ?? []), route]);
    }
    for (const routes of places.values()) {
      const [first] = routes;
      if (first === undefined) continue;
      const { account, region } = first.task;
      const metrics = routes.flatMap((route) => routeMetrics(route, at));
      await clientOf(ecsPrincipal, account, region).invoke(publishConnectMetrics, {
        id: uuid(random),
        metrics,
      });
    }
  }
}
