import { createHash } from "node:crypto";
import type * as ecs from "@aws-sdk/client-ecs";
import type { Authorisation, InputOf, WriteOperation } from "../../../dispatch/operation.ts";
import type { Arn } from "../../../kernel/brand.ts";
import type { Tx } from "../../../store/types.ts";
import { gatewayArn, type Scope } from "../arn.ts";
import { admitInfrastructureRole } from "../capacity-providers/infrastructure-role.ts";
import { clientFault, invalidParameter } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";
import { checkToken } from "../services/settings.ts";
import { taggingPermission } from "../tags/tagging-permission.ts";
import { putTags, readTags, requestedTags, tagContext } from "../tags/tags.ts";
import { admitGatewayNetwork, checkGatewayName, readSettings } from "./configuration.ts";
import { findGateway, type GatewayDocument, putGateway } from "./gateway.ts";
import type { GatewayTables } from "./gateway-store.ts";

/** Ours: AWS's quota is not known. */
const mostGateways = 100;

type Input = InputOf<typeof ecs, "CreateGateway">;

/**
 * Makes a gateway: its settings alone. AWS: what it manages is made when the first service uses it (API Reference,
 * "CreateGateway"), so the answer is always ACTIVE.
 */
export const createGateway: WriteOperation<typeof ecs, "CreateGateway", GatewayDocument> = {
  name: "CreateGateway",
  async authorise(input, ctx) {
    const tags = requestedTags(input.tags);
    const arn = gatewayArn(ctx, input.name, "*");
    return [
      { action: "ecs:CreateGateway", resource: arn, context: tagContext(tags) },
      passRole(input.infrastructureRoleArn),
      ...(await taggingPermission(ctx, arn, tags, "CreateGateway")),
    ];
  },
  async prepare(ctx, input) {
    checkGatewayName(input.name);
    checkToken(input.clientToken);
    readTags(input.tags);
    const settings = readSettings(input.configuration);
    const infrastructureRoleArn = input.infrastructureRoleArn as Arn;
    await admitInfrastructureRole(ctx, infrastructureRoleArn);
    const { subnets, ...network } = await admitGatewayNetwork(
      ctx,
      infrastructureRoleArn,
      input.configuration.hostSharedAlb?.networkConfiguration?.subnets,
    );
    return {
      infrastructureRoleArn,
      deletionProtection: input.deletionProtection ?? true,
      propagateTags: input.propagateTags ?? "GATEWAY",
      settings: { ...settings, subnets },
      ...network,
      balancers: [],
      creation: creationOf(input),
      ...(input.clientToken !== undefined && { clientToken: input.clientToken }),
      updatedAt: ctx.now,
    };
  },
  async commit(tx, ctx, input, document) {
    const key = { account: ctx.account, region: ctx.region, gateway: input.name };
    const there = await findGateway(tx, key);
    if (there !== undefined) {
      const { clientToken, creation } = there.document;
      const again =
        clientToken !== undefined && clientToken === input.clientToken && creation === document.creation;
      // Ours.
      if (!again) throw clientFault(`A gateway with the name ${input.name} already exists.`);
      return { gatewayArn: there.arn, name: input.name, status: "ACTIVE" };
    }
    await checkQuota(tx, key);
    const id = ctx.random.bytes(16).toString("hex");
    const arn = gatewayArn(key, input.name, id);
    await putTags(tx, arn, readTags(input.tags));
    await putGateway(tx, { key, id, arn, status: "ACTIVE", createdAt: ctx.now, document });
    return { gatewayArn: arn, name: input.name, status: "ACTIVE" };
  },
};

/** Who has ECS make load balancers gives it the role that may (API Reference, "CreateGateway"). */
export const passRole = (resource: string): Authorisation => ({
  action: "iam:PassRole",
  resource,
  context: { "iam:PassedToService": ecsPrincipal },
});

function creationOf({ clientToken: _token, ...input }: Input): string {
  return createHash("sha256").update(JSON.stringify(input)).digest("base64url");
}

async function checkQuota(tx: Tx, { account, region }: Scope): Promise<void> {
  const { count } = await tx
    .tables<GatewayTables>()
    .selectFrom("ecs_gateway")
    .select((row) => row.fn.countAll<number | string>().as("count"))
    .where((is) => is.and({ account, region }))
    .executeTakeFirstOrThrow();
  if (Number(count) < mostGateways) return;
  throw invalidParameter(`The limit of ${mostGateways} gateways of a region has been reached.`);
}
