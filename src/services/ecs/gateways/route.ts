import type { GatewayConnectorHealthCheck, GatewayRouteStatus } from "@aws-sdk/client-ecs";
import type { Arn } from "../../../kernel/brand.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { gatewayRouteArn, type ServiceKey } from "../arn.ts";
import { serviceColumns } from "../services/service.ts";
import { enqueueGateway, type Gateway, type GatewayKey } from "./gateway.ts";
import type { GatewayRouteRow, GatewayTables } from "./gateway-store.ts";

/** The port that a route leads to, as the task definition says. */
export interface RoutePort {
  readonly portName: string;
  readonly containerName: string;
  readonly containerPort: number;
  readonly protocolVersion: "HTTP1" | "HTTP2" | "GRPC";
  readonly healthCheck?: GatewayConnectorHealthCheck;
}

/** What ECS has made for a route so far, as the gateway's infrastructure role. */
export interface RouteResources {
  /** The hash of the load balancer that it has a place on. */
  readonly balancer?: string;
  readonly hostname?: string;
  readonly certificateArn?: string;
  /** The listener knows the certificate. */
  readonly certified?: true;
  /** The group that lets the load balancer in to the tasks, and those that they have besides. */
  readonly serviceSecurityGroup?: string;
  readonly otherSecurityGroups?: readonly string[];
  /** Two, between which revisions take turns. */
  readonly targetGroupArns?: readonly string[];
  readonly ruleArn?: string;
  readonly testRuleArn?: string;
  /** The header that the test rule was made for, as JSON. */
  readonly testHeader?: string;
}

/** What a route shall be, and what there is of it. */
export interface RouteDocument {
  readonly port: RoutePort;
  /** The groups that the service gave; none stands for the VPC's default group. */
  readonly securityGroups: readonly string[];
  readonly resources: RouteResources;
  /** What stands in the way. */
  readonly trouble?: string;
}

/** How a service is reached through a gateway. */
export interface Route {
  readonly gateway: GatewayKey;
  readonly service: ServiceKey;
  readonly id: string;
  readonly status: GatewayRouteStatus;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: RouteDocument;
}

function routeFrom(row: GatewayRouteRow): Route {
  const { account, region, gateway, cluster, service, id, status } = row;
  return {
    gateway: { account, region, gateway } as GatewayKey,
    service: { account, region, cluster, service } as ServiceKey,
    ...{ id, status, createdAt: row.created_at },
    document: JSON.parse(row.document) as RouteDocument,
  };
}

/** @param gateway that the route is of. */
export const routeArn = ({ id }: Route, gateway: Gateway): Arn =>
  gatewayRouteArn(gateway.key, [gateway.key.gateway, gateway.id], id);

/** `https://…`, as soon as the route has a name. */
export const serviceUrlOf = ({ document: { resources } }: Route): { readonly serviceUrl?: string } =>
  resources.hostname === undefined ? {} : { serviceUrl: `https://${resources.hostname}` };

/** The routes of a gateway, a cluster or a service of an account and region; oldest first. */
export async function listRoutes(
  rows: Rows,
  of: Pick<GatewayKey, "account" | "region"> &
    Partial<Pick<GatewayRouteRow, "gateway" | "cluster" | "service">>,
): Promise<readonly Route[]> {
  const { account, region, gateway, cluster, service } = of;
  const found = await rows
    .tables<GatewayTables>()
    .selectFrom("ecs_gateway_route")
    .selectAll()
    .where((is) =>
      is.and({
        ...{ account, region },
        ...(gateway !== undefined && { gateway }),
        ...(cluster !== undefined && { cluster }),
        ...(service !== undefined && { service }),
      }),
    )
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  return found.map(routeFrom);
}

/** A route by its id. */
export async function findRoute(rows: Rows, id: string): Promise<Route | undefined> {
  const row = await rows
    .tables<GatewayTables>()
    .selectFrom("ecs_gateway_route")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  return row && routeFrom(row);
}

/** Writes a route, new or changed, and wakes the loop for its gateway. */
export async function putRoute(tx: Tx, route: Route): Promise<void> {
  const { gateway, service, id, status, createdAt, document } = route;
  const row: GatewayRouteRow = {
    ...serviceColumns(service),
    gateway: gateway.gateway,
    ...{ id, status, created_at: createdAt, document: JSON.stringify(document) },
  };
  await tx
    .tables<GatewayTables>()
    .insertInto("ecs_gateway_route")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["account", "region", "gateway", "cluster", "service"]).doUpdateSet(row),
    )
    .execute();
  await enqueueGateway(tx, gateway);
}

/** Forgets a route. */
export async function removeRoute(tx: Tx, id: string): Promise<void> {
  await tx.tables<GatewayTables>().deleteFrom("ecs_gateway_route").where("id", "=", id).execute();
}
