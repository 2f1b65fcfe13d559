import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { type ClusterKey, type EcsArn, parseEcsArn, type ServiceKey } from "../arn.ts";
import { findProvider } from "../capacity-providers/managed-provider.ts";
import { clusterColumns, findCluster } from "../clusters/cluster.ts";
import { findInstance } from "../container-instances/instance.ts";
import { findDaemon } from "../daemons/daemon.ts";
import { findDaemonDefinition } from "../daemons/daemon-definition.ts";
import { clusterNotFound, invalidParameter } from "../faults.ts";
import { findGateway } from "../gateways/gateway.ts";
import type { ServiceTables } from "../services/service-store.ts";
import { findTaskDefinition } from "../task-definitions/task-definition.ts";
import { findTask } from "../tasks/task.ts";

/** Whether a resource is there; one that is deleted but can still be described is inactive. */
type Presence = "active" | "inactive" | "absent";

/** What can be tagged, by the type in its ARN; how it is called in AWS's sentences, and where it is looked for. */
const taggable: Readonly<
  Record<string, readonly [name: string, presence: (rows: Rows, arn: EcsArn) => Promise<Presence>]>
> = {
  cluster: ["cluster", async (rows, arn) => statusOf(await findCluster(rows, clusterKey(arn)))],
  "container-instance": [
    "container instance",
    async (rows, arn) => statusOf(await findInstance(rows, inCluster(arn), 0)),
  ],
  service: [
    "service",
    (rows, arn) => servicePresence(rows, { ...clusterKey(arn), service: arn.path[1] ?? "" }),
  ],
  task: [
    "task",
    async (rows, arn) => ((await findTask(rows, inCluster(arn))) === undefined ? "absent" : "active"),
  ],
  "task-definition": [
    "task definition",
    async (rows, arn) => {
      const found = await findTaskDefinition(rows, arn, arn.path.join("/"));
      return found === undefined ? "absent" : "active";
    },
  ],
  "task-set": ["task set", taskSetPresence],
  gateway: ["gateway", gatewayPresence],
  "capacity-provider": [
    "capacity provider",
    async (rows, arn) => statusOf(await findProvider(rows, { ...arn, name: arn.path[0] ?? "" })),
  ],
  daemon: [
    "daemon",
    async (rows, arn) => {
      const key = { ...clusterKey(arn), daemon: arn.path[1] ?? "" };
      return (await findDaemon(rows, key)) === undefined ? "absent" : "active";
    },
  ],
  "daemon-task-definition": [
    "daemon task definition",
    async (rows, arn) => {
      const found = await findDaemonDefinition(rows, arn, arn.path.join("/"));
      return found === undefined || found.status === "DELETED" ? "absent" : "active";
    },
  ],
};

function statusOf(found: { readonly status: string } | undefined): Presence {
  if (found === undefined) return "absent";
  return found.status === "INACTIVE" ? "inactive" : "active";
}

function clusterKey({ account, region, path }: EcsArn): ClusterKey {
  return { account, region, cluster: path[0] ?? "" };
}

function inCluster(arn: EcsArn): ClusterKey & { readonly id: string } {
  return { ...clusterKey(arn), id: arn.path[1] ?? "" };
}

async function servicePresence(rows: Rows, key: ServiceKey): Promise<Presence> {
  const found = await rows
    .tables<ServiceTables>()
    .selectFrom("ecs_service")
    .select("status")
    .where((row) => row.and({ ...clusterColumns(key), name: key.service }))
    .executeTakeFirst();
  return statusOf(found);
}

async function taskSetPresence(rows: Rows, arn: EcsArn): Promise<Presence> {
  const [, service = "", ...id] = arn.path;
  const found = await rows
    .tables<ServiceTables>()
    .selectFrom("ecs_task_set")
    .select("status")
    .where((row) => row.and({ ...clusterColumns(clusterKey(arn)), service }))
    .where("id", "in", [id.join("/"), id.at(-1) ?? ""])
    .executeTakeFirst();
  return found === undefined ? "absent" : "active";
}

async function gatewayPresence(rows: Rows, { account, region, path }: EcsArn): Promise<Presence> {
  const [name = "", id] = path;
  const found = await findGateway(rows, { account, region, gateway: name });
  return found?.id === id ? "active" : "absent";
}

/**
 * Makes sure that what shall be tagged is there, and the caller's own.
 * Throws `InvalidParameterException`, `ClusterNotFoundException`. AWS: the sentence for what is inactive (as users of
 * Terraform met it); the others are ours.
 */
export async function needTaggable(
  rows: Rows,
  resourceArn: string,
  { account, region }: { readonly account: AccountId; readonly region: Region },
): Promise<void> {
  const arn = parseEcsArn(resourceArn);
  const found = arn === undefined ? undefined : taggable[arn.type];
  if (arn === undefined || found === undefined || arn.account !== account || arn.region !== region) {
    throw invalidParameter("Invalid ARN: specify the ARN of a resource of this account and region.");
  }
  const [name, presence] = found;
  const there = await presence(rows, arn);
  if (there !== "active") throw missing(name, there);
}

function missing(name: string, presence: Presence): Fault {
  if (presence === "inactive") {
    return invalidParameter(`The specified ${name} is inactive. Specify an active ${name} and try again.`);
  }
  return name === "cluster" ? clusterNotFound() : invalidParameter(`The specified ${name} was not found.`);
}
