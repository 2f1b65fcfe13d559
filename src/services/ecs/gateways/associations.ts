import type * as ecs from "@aws-sdk/client-ecs";
import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { Authorisation, ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { cutPage } from "../../../kernel/page.ts";
import { clusterArn, clusterOf, gatewayArn } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { clientFault } from "../faults.ts";
import { pageSize, readAfter } from "../paging.ts";
import { listAssociations, putAssociation } from "./association.ts";
import { arnOfNamed, enqueueGateway, findGateway, needGateway } from "./gateway.ts";

/** API Reference, "AssociateGatewayWithCluster". */
const mostGateways = 5;

async function ofBoth(
  action: string,
  { gateway, cluster }: { readonly gateway: string; readonly cluster: string },
  ctx: AuthoriseContext,
): Promise<readonly Authorisation[]> {
  const context = { "ecs:cluster": clusterArn(clusterOf(cluster, ctx)) };
  return [{ action, resource: await arnOfNamed(ctx.rows, gateway, ctx), context }];
}

/** Lets the services of a cluster use a gateway. Nothing changes before one does. */
export const associateGateway: WriteOperation<typeof ecs, "AssociateGatewayWithCluster"> = {
  name: "AssociateGatewayWithCluster",
  authorise: (input, ctx) => ofBoth("ecs:AssociateGatewayWithCluster", input, ctx),
  async commit(tx, ctx, input) {
    const gateway = await needGateway(tx, input.gateway, ctx);
    const cluster = await ownCluster(tx, input.cluster, ctx);
    const there = await listAssociations(tx, cluster.key);
    const known = there.some(({ key }) => key.gateway === gateway.key.gateway);
    if (!known && there.length >= mostGateways) {
      throw clientFault(`A cluster can be associated with at most ${mostGateways} gateways.`);
    }
    await putAssociation(tx, { key: gateway.key, cluster: cluster.key.cluster, status: "ACTIVE" });
    return { gatewayArn: gateway.arn, clusterArn: cluster.arn, status: "ACTIVE" };
  },
};

/**
 * Takes a gateway from a cluster. AWS: the association stays until no service of the cluster uses the gateway; their
 * routes are removed by updating the services, not by this call.
 */
export const disassociateGateway: WriteOperation<typeof ecs, "DisassociateGatewayFromCluster"> = {
  name: "DisassociateGatewayFromCluster",
  authorise: (input, ctx) => ofBoth("ecs:DisassociateGatewayFromCluster", input, ctx),
  async commit(tx, ctx, input) {
    const gateway = await needGateway(tx, input.gateway, ctx);
    const cluster = await ownCluster(tx, input.cluster, ctx);
    const [there] = await listAssociations(tx, { ...gateway.key, cluster: cluster.key.cluster });
    if (there === undefined) {
      // Ours.
      throw new Fault("ResourceNotFoundException", "The gateway is not associated with the cluster.");
    }
    await putAssociation(tx, { ...there, status: "DISASSOCIATING" });
    await enqueueGateway(tx, gateway.key);
    return { gatewayArn: gateway.arn, clusterArn: cluster.arn, status: "DISASSOCIATING" };
  },
};

/** Which clusters may use which gateways. */
export const listGatewayClusterAssociations: ReadOperation<typeof ecs, "ListGatewayClusterAssociations"> = {
  name: "ListGatewayClusterAssociations",
  authorise: ({ cluster }, ctx) => [
    {
      action: "ecs:ListGatewayClusterAssociations",
      resource: "*",
      context: { ...(cluster !== undefined && { "ecs:cluster": clusterArn(clusterOf(cluster, ctx)) }) },
    },
  ],
  async read(ctx, { gateway: named, cluster: inCluster, status = [], maxResults, nextToken }) {
    const limit = pageSize(maxResults, 100);
    const after = (readAfter(nextToken, 2) ?? []).join("\n");
    const gateway = named === undefined ? undefined : await needGateway(ctx.rows, named, ctx);
    const { account, region } = ctx;
    const found = await listAssociations(ctx.rows, {
      ...{ account, region },
      ...(gateway !== undefined && { gateway: gateway.key.gateway }),
      ...(inCluster !== undefined && { cluster: clusterOf(inCluster, ctx).cluster }),
    });
    const keyOf = ({ key, cluster }: (typeof found)[number]) => [key.gateway, cluster];
    const wanted = found
      .filter((one) => status.length === 0 || status.includes(one.status))
      .filter((one) => after === "" || keyOf(one).join("\n") > after);
    const page = cutPage(wanted.slice(0, limit + 1), limit, keyOf);
    const gatewayClusterAssociations: ecs.GatewayClusterAssociationSummary[] = [];
    for (const { key, cluster, status } of page.rows) {
      const { id = "*" } = (await findGateway(ctx.rows, key)) ?? {};
      gatewayClusterAssociations.push({
        gatewayArn: gatewayArn(key, key.gateway, id),
        clusterArn: clusterArn({ account, region, cluster }),
        status,
      });
    }
    return { gatewayClusterAssociations, nextToken: page.next };
  },
};
