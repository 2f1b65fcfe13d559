import type { CallContext } from "../../../dispatch/context.ts";
import type { Tx } from "../../../store/types.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { tellOfInstance } from "../container-instances/change.ts";
import { instanceFrom, keptAttributes } from "../container-instances/instance.ts";
import type { InstanceRow, InstanceTables } from "../container-instances/instance-store.ts";
import { zoneAttribute } from "../placement/place.ts";
import { putTags, tagsOf } from "../tags/tags.ts";
import type { ManagedInstance } from "./managed-instance.ts";
import { clusterOfProvider, type ManagedProvider } from "./managed-provider.ts";

/** AWS: ports of the host that its own programs have (Developer Guide, "Port mappings"). */
const reservedPorts = [22, 2375, 2376, 51678, 51679];

/** The engine of this machine runs its tasks: there is no agent that could be away. */
const always = Number.MAX_SAFE_INTEGER;

/** Registers the container instance of a managed instance. It takes no tasks but daemons' before it is ACTIVE. */
export async function registerManaged(
  tx: Tx,
  ctx: CallContext,
  provider: ManagedProvider,
  { id, document }: ManagedInstance,
  launched: {
    readonly ec2InstanceId: string;
    readonly type: string;
    readonly cpu: number;
    readonly memory: number;
  },
): Promise<void> {
  const { cpu, memory, type, ec2InstanceId } = launched;
  const resources = { cpu, memory, tcpPorts: reservedPorts, udpPorts: [], gpus: [] };
  const row: InstanceRow = {
    ...clusterColumns(clusterOfProvider(provider)),
    id,
    status: "REGISTERING",
    registered_at: ctx.now,
    deregistered_at: null,
    connected_until: always,
    connection: "managed",
    version: 1,
    sequence: 0,
    attributes: keptAttributes(
      new Map([
        ["ecs.instance-type", type],
        [zoneAttribute, document.zone],
        ["ecs.os-type", "linux"],
        ["ecs.os-family", "LINUX"],
        ["ecs.cpu-architecture", document.architecture],
        ["ecs.subnet-id", document.subnet],
      ]),
    ),
    registered: JSON.stringify(resources),
    remaining: JSON.stringify(resources),
    document: JSON.stringify({
      launchType: "MANAGED_INSTANCES",
      ec2InstanceId,
      capacityProviderName: provider.name,
      versionInfo: {},
    }),
  };
  await tx.tables<InstanceTables>().insertInto("ecs_container_instance").values(row).execute();
  const instance = instanceFrom(row, ctx.now);
  if (provider.document.propagateTags === "CAPACITY_PROVIDER") {
    await putTags(tx, instance.arn, await tagsOf(tx, provider.arn));
  }
  await tellOfInstance(tx, ctx, instance);
}
