import { second } from "../../../kernel/duration.ts";
import type { Rows } from "../../../store/types.ts";
import type { ContainerInstance } from "../container-instances/instance.ts";
import { findInstances } from "../container-instances/instance.ts";
import { type ResourceDemand, without } from "../container-instances/resources.ts";
import { daemonOfTask } from "../daemons/daemon-job.ts";
import { daemonsOfProvider, type ProviderDaemon } from "../daemons/daemons-of-provider.ts";
import { candidatesOf } from "../placement/candidate.ts";
import { tagsOf } from "../tags/tags.ts";
import { listLiveTasks, type Task } from "../tasks/task.ts";
import { listManaged, type ManagedInstance } from "./managed-instance.ts";
import {
  clusterOfProvider,
  findProvider,
  type ManagedProvider,
  type ProviderKey,
} from "./managed-provider.ts";
import type { ManagedInstanceView, ManagedPhase, ManagedView, WaitingTask } from "./managed-view.ts";

/** Ours, for AWS's "default optimization behavior". */
const usualIdle = 300;

/** A provider as its loop looks at it. */
export interface InspectedProvider {
  readonly provider: ManagedProvider;
  readonly view: ManagedView;
  /** What its instances are tagged with, as EC2 writes tags. */
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  /** What EC2 is to launch and to end. */
  readonly launching: readonly ManagedInstance[];
  readonly terminating: readonly ManagedInstance[];
}

/** Reads what a plan is made of; `undefined` when there is no such provider, or it is INACTIVE. */
export async function inspectProvider(
  rows: Rows,
  key: ProviderKey,
  now: number,
): Promise<InspectedProvider | undefined> {
  const provider = await findProvider(rows, key);
  if (provider === undefined || provider.status === "INACTIVE") return undefined;
  const managed = await listManaged(rows, key);
  const cluster = clusterOfProvider(provider);
  const tasks = (await listLiveTasks(rows, cluster)).filter(
    ({ document }) => document.capacityProvider === provider.name,
  );
  const ids = managed.map(({ id }) => id);
  const instances = new Map((await findInstances(rows, cluster, ids, now)).map((one) => [one.key.id, one]));
  const daemons = await daemonsOfProvider(rows, provider);
  const { document } = provider;
  const idleSeconds = document.scaleInAfter ?? usualIdle;
  const { instanceRequirements: requirements } = document.launchTemplate;
  const propagated = document.propagateTags === "CAPACITY_PROVIDER" ? await tagsOf(rows, provider.arn) : [];
  return {
    provider,
    tags: propagated.map(({ key: Key, value: Value }) => ({ Key, Value })),
    view: {
      version: provider.version,
      status: provider.status,
      subnets: Object.entries(document.zones).map(([id, zone]) => ({ id, zone })),
      ...(requirements !== undefined && { requirements }),
      ...(idleSeconds >= 0 && { idleMs: idleSeconds * second }),
      ...(document.failure !== undefined && { failure: document.failure }),
      daemons: sumOf(daemons),
      instances: managed.map((one) =>
        viewOf(
          one,
          instances.get(one.id),
          tasks.filter((task) => task.containerInstance === one.id),
          daemons,
        ),
      ),
      waiting: tasks.flatMap(waitingTask),
    },
    launching: managed.filter(({ status }) => status === "LAUNCHING"),
    terminating: managed.filter(({ status }) => status === "TERMINATING"),
  };
}

function sumOf(daemons: readonly ProviderDaemon[]): { readonly cpu: number; readonly memory: number } {
  return {
    cpu: daemons.reduce((sum, { demand }) => sum + demand.cpu, 0),
    memory: daemons.reduce((sum, { demand }) => sum + demand.memory, 0),
  };
}

function viewOf(
  managed: ManagedInstance,
  instance: ContainerInstance | undefined,
  tasks: readonly Task[],
  daemons: readonly ProviderDaemon[],
): ManagedInstanceView {
  const { document } = managed;
  const ofDaemons = tasks.filter((task) => daemonOfTask(task) !== undefined);
  const others = tasks.filter((task) => daemonOfTask(task) === undefined);
  const here = new Map(ofDaemons.map((task) => [daemonOfTask(task)?.daemon ?? "", task]));
  const groups = new Map<string, number>();
  for (const { group } of others) groups.set(group, (groups.get(group) ?? 0) + 1);
  const phase = phaseOf(managed, instance);
  const comes = phase === "launching" || phase === "registering";
  const lacking = daemons.filter(({ name }) => comes && !here.has(name)).map(({ demand }) => demand);
  const none = { tcpPorts: [], udpPorts: [], gpus: [] };
  const remaining = instance?.remaining ?? { ...document.expected, ...none };
  const [candidate] = instance === undefined ? [] : candidatesOf([instance], others);
  const wanted = ({ desiredStatus }: Task) => desiredStatus === "RUNNING";
  return {
    id: managed.id,
    phase,
    zone: document.zone,
    architecture: document.architecture,
    remaining: lacking.reduce((left, demand: ResourceDemand) => without(left, demand), remaining),
    ...(candidate !== undefined && { candidate }),
    groups,
    daemonTasks: ofDaemons.filter(wanted).map(({ id }) => id),
    standalone: others.filter((task) => wanted(task) && task.service === undefined).map(({ id }) => id),
    tasks: tasks.length,
    ready: daemons.every(({ name, critical }) => !critical || here.get(name)?.lastStatus === "RUNNING"),
    drained: document.drained !== undefined,
    ...(document.idleSince !== undefined && { idleSince: document.idleSince }),
  };
}

function phaseOf({ status }: ManagedInstance, instance: ContainerInstance | undefined): ManagedPhase {
  if (status === "LAUNCHING") return "launching";
  if (status === "TERMINATING") return "terminating";
  if (instance?.status === "REGISTERING") return "registering";
  if (instance?.status === "ACTIVE") return "active";
  // One that was deregistered behind ECS's back has nothing that would have to end first.
  return instance?.status === "DRAINING" ? "draining" : "ending";
}

function waitingTask({
  id,
  group,
  service,
  createdAt,
  desiredStatus,
  document,
}: Task): readonly WaitingTask[] {
  const { waiting, cpuArchitecture } = document;
  if (waiting === undefined || desiredStatus !== "RUNNING") return [];
  return [
    {
      id,
      group,
      ofService: service !== undefined,
      since: createdAt,
      architecture: cpuArchitecture,
      ...waiting,
    },
  ];
}
