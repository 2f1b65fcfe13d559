import type { Rows, Tx } from "../../../store/types.ts";
import type { ClusterKey } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { findGateway, type Gateway, type GatewayKey } from "./gateway.ts";
import type { AssociationStatus, GatewayClusterRow, GatewayTables } from "./gateway-store.ts";

/** The association of a gateway with a cluster. */
export interface Association {
  readonly key: GatewayKey;
  readonly cluster: string;
  readonly status: AssociationStatus;
}

const associationFrom = ({ account, region, gateway, cluster, status }: GatewayClusterRow): Association => ({
  key: { account, region, gateway } as GatewayKey,
  cluster,
  status,
});

/** The associations of a gateway, of a cluster, or of both, in order of gateways and clusters. */
export async function listAssociations(
  rows: Rows,
  of: Pick<GatewayKey, "account" | "region"> & { readonly gateway?: string; readonly cluster?: string },
): Promise<readonly Association[]> {
  const { account, region, gateway, cluster } = of;
  const found = await rows
    .tables<GatewayTables>()
    .selectFrom("ecs_gateway_cluster")
    .selectAll()
    .where((is) =>
      is.and({
        ...{ account, region },
        ...(gateway !== undefined && { gateway }),
        ...(cluster !== undefined && { cluster }),
      }),
    )
    .orderBy("gateway")
    .orderBy("cluster")
    .execute();
  return found.map(associationFrom);
}

/** Writes an association, new or changed. */
export async function putAssociation(tx: Tx, { key, cluster, status }: Association): Promise<void> {
  const { account, region, gateway } = key;
  const row: GatewayClusterRow = { account, region, gateway, cluster, status };
  await tx
    .tables<GatewayTables>()
    .insertInto("ecs_gateway_cluster")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["account", "region", "gateway", "cluster"]).doUpdateSet({ status }),
    )
    .execute();
}

/** Forgets the association of a gateway with a cluster. */
export async function removeAssociation(tx: Tx, { key, cluster }: Association): Promise<void> {
  const { account, region, gateway } = key;
  await tx
    .tables<GatewayTables>()
    .deleteFrom("ecs_gateway_cluster")
    .where((is) => is.and({ account, region, gateway, cluster }))
    .execute();
}

/** Forgets the associations of a cluster that is deleted: it has no service left, so no route either. */
export async function removeAssociations(tx: Tx, cluster: ClusterKey): Promise<void> {
  await tx
    .tables<GatewayTables>()
    .deleteFrom("ecs_gateway_cluster")
    .where((is) => is.and(clusterColumns(cluster)))
    .execute();
}

/** The gateways that new services of a cluster can use. */
export async function gatewaysOf(rows: Rows, cluster: ClusterKey): Promise<readonly Gateway[]> {
  const found = await listAssociations(rows, cluster);
  const gateways: Gateway[] = [];
  for (const { key, status } of found) {
    const gateway = status === "ACTIVE" ? await findGateway(rows, key) : undefined;
    if (gateway !== undefined) gateways.push(gateway);
  }
  return gateways;
}
