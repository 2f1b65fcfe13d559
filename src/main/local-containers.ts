import { join } from "node:path";
import type { Settings } from "../config/settings.ts";
import type { LoopPorts } from "../control/ports.ts";
import type { Dns } from "../edge/dns/dns.ts";
import { withServiceConnect } from "../edge/service-connect/with-service-connect.ts";
import { type ContainerListenerPorts, createContainerListener } from "../http/container-listener.ts";
import { openLocalRuntime } from "../runtime/local-runtime.ts";
import { routingLogs } from "../runtime/logs/firelens.ts";
import type { BridgeWatcher } from "../runtime/network/node-addresses.ts";
import type { AskTraffic } from "../runtime/network/traffic.ts";
import type { EcrImage } from "../runtime/resources/ecr-image.ts";
import type { ReportSink, TaskRuntime } from "../runtime/task.ts";
import { sampleTasks } from "../runtime/task-samples.ts";
import { openServiceConnect } from "./service-connect.ts";
import { openTaskSurroundings } from "./task-surroundings.ts";

export interface LocalContainersPorts extends LoopPorts {
  readonly settings: Settings;
  /** The project's `data` folder. */
  readonly dataDirectory: string;
  /** What containers reach of this Roadstead. Its `aws` handler knows no bootstrap keys. */
  readonly listener: ContainerListenerPorts;
  /** Where the engine of this machine reaches the registries: `127.0.0.1:4566`. */
  readonly registryAddress: () => string;
  readonly report: ReportSink;
  /** What security groups let pass. */
  readonly askTraffic: AskTraffic;
  /** DNS, for the tasks of a VPC. */
  readonly dns: Pick<Dns, "openVpc">;
  /** Who wants to know of the bridges of VPCs. */
  readonly nodes: BridgeWatcher;
}

/** The engine of this machine, with all that its tasks have around them. */
export async function openLocalContainers(ports: LocalContainersPorts): Promise<TaskRuntime> {
  const { settings, dataDirectory, registryAddress, report, askTraffic, nodes, clock, random, log } = ports;
  const surroundings = await openTaskSurroundings({
    ...ports,
    services: createContainerListener(ports.listener),
    registryReference: ({ account, region, rest }: EcrImage) =>
      `${registryAddress()}/${account}.${region}/${rest}`,
  });
  const dockerHost = settings.dockerHost ?? process.env.DOCKER_HOST;
  const tasks = await openLocalRuntime({
    ...surroundings,
    kind: settings.ecsRuntime === "memory" ? "memory" : "docker",
    ...(dockerHost !== undefined && dockerHost !== "" && { dockerHost }),
    dataDir: settings.dataDir,
    programs: join(dataDirectory, "pause"),
    openNames: (vpc) => ports.dns.openVpc(surroundings.relayFolder, { kind: "vpc", ...vpc }),
    allowances: {
      // What a definition may name besides is refused for Fargate.
      hostMounts: [...settings.hostMounts, surroundings.routerFolder],
      privileged: settings.allowPrivileged,
      hostNamespaces: settings.allowHostNamespaces,
      fileSystems: Object.fromEntries(settings.fileSystems.map((text) => text.split(/=(.*)/s, 2))),
    },
    ...{ report, askTraffic, nodes, clock, random, log },
  });
  await surroundings.serve(tasks);
  const letGo = tasks.close.bind(tasks);
  const connect = openServiceConnect(ports, surroundings);
  return Object.assign(withServiceConnect(routingLogs(tasks, surroundings.routerFolder), connect), {
    sample: () => sampleTasks(tasks),
    async close() {
      await letGo();
      await connect.closeAll();
      await surroundings.close();
    },
  });
}
