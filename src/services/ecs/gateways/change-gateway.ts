import { isDeepStrictEqual } from "node:util";
import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { admitInfrastructureRole } from "../capacity-providers/infrastructure-role.ts";
import { clientFault, invalidParameter } from "../faults.ts";
import { dropTags } from "../tags/tags.ts";
import { listAssociations } from "./association.ts";
import { readChange } from "./configuration.ts";
import { passRole } from "./create-gateway.ts";
import { arnOfNamed, type GatewayDocument, needGateway, putGateway, removeGateway } from "./gateway.ts";
import { listRoutes, putRoute } from "./route.ts";

/**
 * Changes what can be changed without interrupting traffic. The loop brings it to each load balancer, and says in the
 * gateway's failures what did not work (API Reference, "UpdateGateway").
 */
export const updateGateway: WriteOperation<typeof ecs, "UpdateGateway"> = {
  name: "UpdateGateway",
  authorise: async ({ gateway, infrastructureRoleArn }, ctx) => [
    { action: "ecs:UpdateGateway", resource: await arnOfNamed(ctx.rows, gateway, ctx) },
    ...(infrastructureRoleArn === undefined ? [] : [passRole(infrastructureRoleArn)]),
  ],
  async prepare(ctx, input) {
    await needGateway(ctx.rows, input.gateway, ctx);
    if (input.infrastructureRoleArn === undefined) return undefined;
    await admitInfrastructureRole(ctx, input.infrastructureRoleArn as Arn);
    return undefined;
  },
  async commit(tx, ctx, input) {
    const gateway = await needGateway(tx, input.gateway, ctx);
    const { configuration, infrastructureRoleArn, deletionProtection, propagateTags } = input;
    if (configuration !== undefined && configuration.hostSharedAlb === undefined) {
      throw invalidParameter("configuration must be of the gateway's type: hostSharedAlb.");
    }
    const { statusReason: _reason, failures: _failures, ...before } = gateway.document;
    const settings = { ...before.settings, ...readChange(configuration?.hostSharedAlb ?? {}) };
    const document: GatewayDocument = {
      ...before,
      settings,
      ...(infrastructureRoleArn !== undefined && { infrastructureRoleArn: infrastructureRoleArn as Arn }),
      deletionProtection: deletionProtection ?? before.deletionProtection,
      propagateTags: propagateTags ?? before.propagateTags,
      updatedAt: ctx.now,
    };
    await putGateway(tx, { ...gateway, status: "UPDATE_IN_PROGRESS", document });
    if (!isDeepStrictEqual(settings.testTrafficRules, before.settings.testTrafficRules)) {
      for (const route of await listRoutes(tx, gateway.key)) {
        if (route.status === "ACTIVE") await putRoute(tx, { ...route, status: "UPDATE_IN_PROGRESS" });
      }
    }
    return { gatewayArn: gateway.arn, name: gateway.key.gateway, status: "UPDATE_IN_PROGRESS" };
  },
};

/**
 * Deletes a gateway that no cluster is associated with: such a one has no route and no load balancer any more.
 * The sentences are ours, after the API Reference.
 */
export const deleteGateway: WriteOperation<typeof ecs, "DeleteGateway"> = {
  name: "DeleteGateway",
  authorise: async ({ gateway }, ctx) => [
    { action: "ecs:DeleteGateway", resource: await arnOfNamed(ctx.rows, gateway, ctx) },
  ],
  async commit(tx, ctx, input) {
    const { key, arn, document } = await needGateway(tx, input.gateway, ctx);
    if (document.deletionProtection) {
      throw clientFault("The gateway can't be deleted while its deletion protection is enabled.");
    }
    const associations = await listAssociations(tx, key);
    const routes = await listRoutes(tx, key);
    if (associations.length > 0 || routes.length > 0 || document.balancers.length > 0) {
      throw clientFault(
        "The gateway can't be deleted while it has cluster associations. Disassociate all clusters first.",
      );
    }
    await removeGateway(tx, key);
    await dropTags(tx, arn);
    return { gatewayArn: arn, name: key.gateway, status: "DELETED" };
  },
};
