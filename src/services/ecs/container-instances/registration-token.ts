import type { Rows, Tx } from "../../../store/types.ts";
import type { ClusterKey, InClusterKey } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { type ContainerInstance, findInstance } from "./instance.ts";
import type { InstanceTables } from "./instance-store.ts";

/** Ours: agents send a UUID. */
const longest = 128;

/** The instance that a registration with this token has made, unless it was deregistered. */
export async function instanceOfToken(
  rows: Rows,
  cluster: ClusterKey,
  token: string | undefined,
  now: number,
): Promise<ContainerInstance | undefined> {
  if (token === undefined || token === "") return undefined;
  const row = await rows
    .tables<InstanceTables>()
    .selectFrom("ecs_instance_token")
    .select("instance")
    .where((row) => row.and({ ...clusterColumns(cluster), token }))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const found = await findInstance(rows, { ...cluster, id: row.instance }, now);
  return found?.status === "INACTIVE" ? undefined : found;
}

/** Notes what a registration has made. Throws `InvalidParameterException`. */
export async function noteToken(tx: Tx, { id, ...cluster }: InClusterKey, token = ""): Promise<void> {
  if (token === "") return;
  if (token.length > longest) {
    throw invalidParameter(`clientToken must have up to ${longest} characters.`);
  }
  await tx
    .tables<InstanceTables>()
    .insertInto("ecs_instance_token")
    .values({ ...clusterColumns(cluster), token, instance: id })
    .onConflict((conflict) =>
      conflict.columns(["account", "region", "cluster", "token"]).doUpdateSet({ instance: id }),
    )
    .execute();
}

/** Forgets the tokens of an instance that is forgotten. */
export async function forgetTokens(tx: Tx, { id, ...cluster }: InClusterKey): Promise<void> {
  await tx
    .tables<InstanceTables>()
    .deleteFrom("ecs_instance_token")
    .where((row) => row.and({ ...clusterColumns(cluster), instance: id }))
    .execute();
}
