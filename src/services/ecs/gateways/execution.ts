import type { GatewayOperationError, GatewayRouteStatus, GatewayStatus } from "@aws-sdk/client-ecs";
import { type InternalOperation, StalePreparation } from "../../../dispatch/operation.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Job, Rows, Tx } from "../../../store/types.ts";
import type { EcsPorts } from "../ports.ts";
import { ecsPrincipal } from "../role.ts";
import { beginDeployment } from "../services/begin-deployment.ts";
import { listDeployments } from "../services/deployment.ts";
import { changeService, findService } from "../services/service.ts";
import { enqueueService } from "../services/service-job.ts";
import { tagsOf } from "../tags/tags.ts";
import { type Association, listAssociations, removeAssociation } from "./association.ts";
import { connectService } from "./connect-service.ts";
import {
  enqueueGateway,
  findGateway,
  type Gateway,
  type GatewayBalancer,
  type GatewayKey,
  gatewayOfJob,
  putGateway,
} from "./gateway.ts";
import { findRoute, listRoutes, putRoute, type Route, type RouteResources, removeRoute } from "./route.ts";

/** A route as the loop sees it. */
export interface InspectedRoute {
  readonly route: Route;
  /** Whether something runs, or may run again, behind it. */
  readonly inUse: boolean;
}

/** A gateway as the loop sees it. */
export interface InspectedGateway {
  readonly gateway: Gateway;
  /** What is put on all that is made, beside the gateway's own mark. */
  readonly tags: readonly Tag[];
  readonly routes: readonly InspectedRoute[];
  readonly associations: readonly Association[];
}

/** What was made or removed for a route, or what stands in the way. */
export interface RouteAdvance {
  readonly id: string;
  readonly resources?: RouteResources;
  readonly status?: GatewayRouteStatus;
  readonly trouble?: string;
  readonly gone?: true;
}

/** What was made or removed for a load balancer of a gateway; without members all of it is gone. */
export interface BalancerAdvance {
  readonly key: GatewayKey;
  readonly hash: string;
  readonly balancer?: GatewayBalancer;
}

/** How an update went. */
export interface UpdateOutcome {
  readonly key: GatewayKey;
  /** Epoch ms, of the update that was brought to the load balancers. */
  readonly updatedAt: number;
  readonly failures: readonly { readonly arn: string; readonly errors: readonly GatewayOperationError[] }[];
}

/** ECS's own bookkeeping of gateways: only ECS may ask for it, so there is no policy to ask. */
export interface GatewayOperations {
  readonly inspect: InternalOperation<GatewayKey, never, InspectedGateway | undefined>;
  readonly advanceRoute: InternalOperation<RouteAdvance, unknown, void>;
  readonly advanceBalancer: InternalOperation<BalancerAdvance, unknown, void>;
  readonly settleUpdate: InternalOperation<UpdateOutcome, unknown, void>;
  /** Ends the association of a cluster that has no route any more. */
  readonly dissociate: InternalOperation<Association, unknown, void>;
  /** Ends a job; with `until` (epoch ms) it is looked at again then. */
  readonly rest: InternalOperation<{ readonly job: Job; readonly until?: number }, unknown, boolean>;
}

export function createGatewayOperations(ports: EcsPorts): GatewayOperations {
  const own = { service: "ecs", onlyFor: ecsPrincipal, authorise: () => [], unrecorded: true } as const;
  return {
    inspect: {
      ...own,
      name: "InspectGateway",
      async read(ctx, key) {
        const gateway = await findGateway(ctx.rows, key);
        if (gateway === undefined) return undefined;
        const routes: InspectedRoute[] = [];
        for (const route of await listRoutes(ctx.rows, key)) {
          routes.push({ route, inUse: await isInUse(ctx.rows, route) });
        }
        const { propagateTags } = gateway.document;
        return {
          gateway,
          tags: propagateTags === "GATEWAY" ? await tagsOf(ctx.rows, gateway.arn) : [],
          routes,
          associations: await listAssociations(ctx.rows, key),
        };
      },
    },
    advanceRoute: {
      ...own,
      name: "AdvanceGatewayRoute",
      async commit(tx, ctx, { id, resources, status, trouble, gone }) {
        const route = await findRoute(tx, id);
        if (route === undefined) return;
        if (gone) {
          await removeRoute(tx, id);
          return await enqueueGateway(tx, route.gateway);
        }
        const { trouble: _past, ...document } = route.document;
        // Given up, or changed, while it was being made: what is made is noted, what it shall be is not undone.
        const overtaken = status === "ACTIVE" && route.status.startsWith("DELETE");
        await putRoute(tx, {
          ...route,
          status: overtaken ? route.status : (status ?? route.status),
          document: {
            ...document,
            resources: { ...document.resources, ...resources },
            ...(trouble !== undefined && { trouble }),
          },
        });
        if (status === "ACTIVE" && !overtaken) await launch(tx, ctx, route);
      },
    },
    advanceBalancer: {
      ...own,
      name: "AdvanceGatewayLoadBalancer",
      async commit(tx, _ctx, { key, hash, balancer }) {
        const gateway = await findGateway(tx, key);
        if (gateway === undefined) return;
        const { balancers } = gateway.document;
        const there = balancers.find((one) => one.hash === hash);
        const others = balancers.filter((one) => one.hash !== hash);
        const next = balancer === undefined ? others : [...others, { ...there, ...balancer }];
        await putGateway(tx, { ...gateway, document: { ...gateway.document, balancers: next } });
      },
    },
    settleUpdate: {
      ...own,
      name: "SettleGatewayUpdate",
      async commit(tx, _ctx, { key, updatedAt, failures }) {
        const gateway = await findGateway(tx, key);
        // Another update has come meanwhile.
        if (gateway === undefined || gateway.document.updatedAt !== updatedAt) return;
        const failed = failures.length > 0;
        const status: GatewayStatus = failed ? "UPDATE_FAILED" : "UPDATE_COMPLETE";
        // Ours.
        const statusReason = `${failures.length} of the gateway's load balancers could not be updated.`;
        const told = failures.map(({ arn, errors }) => ({ arn, errors: [...errors] }));
        const document = { ...gateway.document, ...(failed && { statusReason, failures: told }) };
        await putGateway(tx, { ...gateway, status, document });
      },
    },
    dissociate: {
      ...own,
      name: "DissociateGateway",
      async commit(tx, _ctx, association) {
        const { key, cluster } = association;
        const [there] = await listAssociations(tx, { ...key, cluster });
        const routes = await listRoutes(tx, { ...key, cluster });
        if (there?.status === "DISASSOCIATING" && routes.length === 0) await removeAssociation(tx, there);
      },
    },
    rest: {
      ...own,
      name: "RestGateway",
      async commit(tx, _ctx, { job, until }) {
        if (!(await ports.jobs.finish(tx, job))) return false;
        if (until !== undefined) await enqueueGateway(tx, gatewayOfJob(job), until);
        return true;
      },
    },
  };
}

/** A route is in use as long as a deployment of its service can have tasks behind it. */
async function isInUse(rows: Rows, { id, service: key }: Route): Promise<boolean> {
  const service = await findService(rows, key);
  if (service === undefined || service.status === "INACTIVE") return false;
  const deployments = await listDeployments(rows, key);
  return deployments.some(({ document }) => document.revision.gatewayIngress?.made?.routes.includes(id));
}

/** Deploys what a service shall run, once all routes that it waits for are made. */
async function launch(
  tx: Tx,
  ctx: Parameters<typeof connectService>[1],
  { service: key }: Route,
): Promise<void> {
  const service = await findService(tx, key);
  if (service?.status !== "ACTIVE") return;
  const { awaitsGateways, ...document } = service.document;
  if (awaitsGateways === undefined || document.revision === undefined) return;
  const revision = await connectService(tx, ctx, key, document.revision);
  if (revision.gatewayIngress?.made === undefined) return;
  const changed = await changeService(tx, service, { document: { ...document, revision } });
  if (changed === undefined) throw new StalePreparation(`${service.arn} has changed`);
  await beginDeployment(tx, ctx, changed, revision);
  await enqueueService(tx, key);
}
