import type { Rows } from "../../../store/types.ts";
import type { ClusterKey } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { type ContainerInstance, listInstances } from "../container-instances/instance.ts";
import type { InstanceResources, ResourceDemand } from "../container-instances/resources.ts";
import { type Candidate, candidatesOf } from "../placement/candidate.ts";
import type { ServiceDocument } from "../services/service.ts";
import type { ServiceTables } from "../services/service-store.ts";
import { listLiveTasks, type Task, type TaskWaiting } from "../tasks/task.ts";
import { clustersOf } from "./group-changes.ts";
import { findGroupProvider, type GroupProvider } from "./group-provider.ts";
import type { ProviderKey } from "./managed-provider.ts";

/** A container instance as a group's provider looks at it. */
export interface GroupInstanceView {
  readonly id: string;
  readonly cluster: string;
  readonly ec2InstanceId: string;
  readonly status: ContainerInstance["status"];
  /** Whether it is known to be of the provider already. */
  readonly own: boolean;
  readonly registered: InstanceResources;
  readonly candidate: Candidate;
  /** Live tasks, and those that are of no daemon: they hold the instance. */
  readonly tasks: number;
  readonly holding: number;
}

/** A task that waits for the group to grow. */
export interface GroupWaitingTask extends TaskWaiting {
  readonly id: string;
  readonly cluster: string;
  readonly group: string;
}

/** A group provider with what ECS knows around it. */
export interface InspectedGroupProvider {
  readonly provider: GroupProvider;
  readonly clusters: readonly string[];
  readonly instances: readonly GroupInstanceView[];
  /** Oldest first. */
  readonly waiting: readonly GroupWaitingTask[];
}

/** Reads what a plan is made of; `undefined` when there is no such provider, or it is INACTIVE. */
export async function inspectGroupProvider(
  rows: Rows,
  key: ProviderKey,
  now: number,
): Promise<InspectedGroupProvider | undefined> {
  const provider = await findGroupProvider(rows, key);
  if (provider === undefined || provider.status === "INACTIVE") return undefined;
  const clusters = await clustersOf(rows, key);
  const instances: GroupInstanceView[] = [];
  const waiting: GroupWaitingTask[] = [];
  for (const cluster of clusters) {
    const where = { account: key.account, region: key.region, cluster };
    const tasks = await listLiveTasks(rows, where);
    const found = (await listInstances(rows, where, now)).filter(
      ({ launchType, document }) => launchType === "EC2" && document.ec2InstanceId !== undefined,
    );
    const candidates = candidatesOf(found, tasks);
    const daemons = await daemonServices(rows, where);
    for (const [i, instance] of found.entries()) {
      const candidate = candidates[i];
      if (candidate === undefined) continue;
      const here = tasks.filter(({ containerInstance }) => containerInstance === instance.key.id);
      instances.push({
        id: instance.key.id,
        cluster,
        ec2InstanceId: instance.document.ec2InstanceId ?? "",
        status: instance.status,
        own: instance.document.capacityProviderName === provider.name,
        registered: instance.registered,
        candidate,
        tasks: here.length,
        holding: here.filter(({ service }) => service === undefined || !daemons.has(service)).length,
      });
    }
    for (const task of tasks) waiting.push(...waitingFor(task, cluster, provider.name));
  }
  return { provider, clusters, instances, waiting };
}

function waitingFor(task: Task, cluster: string, provider: string): readonly GroupWaitingTask[] {
  const { waiting, capacityProvider } = task.document;
  if (waiting === undefined || capacityProvider !== provider || task.desiredStatus !== "RUNNING") return [];
  return [{ ...waiting, id: task.id, cluster, group: task.group }];
}

/** The services of a cluster that run a task on each instance: their tasks hold none. */
async function daemonServices(rows: Rows, cluster: ClusterKey): Promise<ReadonlySet<string>> {
  const services = await rows
    .tables<ServiceTables>()
    .selectFrom("ecs_service")
    .select(["name", "document"])
    .where((row) => row.and(clusterColumns(cluster)))
    .where("status", "!=", "INACTIVE")
    .execute();
  const isDaemon = (document: string): boolean =>
    (JSON.parse(document) as ServiceDocument).schedulingStrategy === "DAEMON";
  return new Set(services.filter(({ document }) => isDaemon(document)).map(({ name }) => name));
}

/** How many instances of a size hold demands, the largest first, each in the first that has room. */
export function instancesFor(
  demands: readonly ResourceDemand[],
  size: Pick<InstanceResources, "cpu" | "memory">,
): number {
  const free: { cpu: number; memory: number; ports: Set<number> }[] = [];
  for (const { cpu, memory, tcpPorts, udpPorts } of demands.toSorted((a, b) => b.memory - a.memory)) {
    const ports = [...tcpPorts, ...udpPorts.map((port) => port + 65_536)];
    let place = free.find(
      (one) => one.cpu >= cpu && one.memory >= memory && ports.every((port) => !one.ports.has(port)),
    );
    if (place === undefined) {
      place = { cpu: size.cpu, memory: size.memory, ports: new Set() };
      free.push(place);
    }
    place.cpu -= cpu;
    place.memory -= memory;
    for (const port of ports) place.ports.add(port);
  }
  return free.length;
}
