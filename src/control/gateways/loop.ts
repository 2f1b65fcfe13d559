import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import { gatewaySession } from "../../services/ecs/gateways/configuration.ts";
import type {
  GatewayOperations,
  InspectedGateway,
  UpdateOutcome,
} from "../../services/ecs/gateways/execution.ts";
import { type GatewayKey, gatewayOfJob, gatewayQueue } from "../../services/ecs/gateways/gateway.ts";
import type { Route, RouteResources } from "../../services/ecs/gateways/route.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import { backoff } from "../../store/backoff.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import { lastingWords } from "../lasting-words.ts";
import type { LoopPorts } from "../ports.ts";
import { takeTurns } from "../tasks/turns.ts";
import { makeBalancer, removeBalancer, removeListener, updateBalancer } from "./load-balancers.ts";
import { type GatewayStep, planGateway } from "./plan.ts";
import * as routes from "./routes.ts";

/** Gateways looked after at once by one process. */
const concurrency = 2;

export interface GatewayLoopPorts extends LoopPorts {
  readonly gateways: GatewayOperations;
}

/**
 * Makes, changes and removes what is behind gateways, as the infrastructure role of each and with nothing else
 * (Developer Guide, "Create and manage an Amazon ECS Gateway").
 */
export function startGatewayLoop(ports: GatewayLoopPorts): JobLoop {
  // INVARIANT: one look at a gateway at a time: what is written while it is looked at wakes the loop again.
  const inTurn = takeTurns();
  return startJobLoop(ports, {
    queue: gatewayQueue,
    concurrency,
    work: (job, signal) => inTurn(job.key, () => work(ports, job, signal)),
  });
}

async function work(ports: GatewayLoopPorts, job: Job, signal: AbortSignal): Promise<void> {
  const { clientOf, clientAs, gateways: operations, clock, log } = ports;
  const key = gatewayOfJob(job);
  const own = clientOf(ecsPrincipal, key.account, key.region);
  const failed = new Set<string>();
  let refusal: string | undefined;
  while (!signal.aborted) {
    const found = await own.invoke(operations.inspect, key);
    const { step, until } = found === undefined ? {} : planGateway(found, failed, clock.now());
    if (found === undefined || step === undefined) {
      if (refusal === undefined) await own.invoke(operations.rest, { job, until });
      else await ports.jobs.release(job, clock.now() + backoff(job.attempt, ports.random), refusal);
      return;
    }
    const { infrastructureRoleArn: roleArn } = found.gateway.document;
    const { account, region } = key;
    const role = clientAs({
      servicePrincipal: ecsPrincipal,
      sessionName: gatewaySession,
      ...{ roleArn, account, region },
    });
    try {
      await take(step, {
        own,
        role,
        operations,
        key,
        found,
        newHash: () => ports.random.bytes(4).toString("hex"),
      });
      if (step.do === "refuse-route") failed.add(step.route.id);
    } catch (error) {
      if (!isFault(error) || error.code === "InternalFailure") throw error;
      refusal = error.message;
      log.error({ gateway: found.gateway.arn, step: step.do, err: error }, "a gateway waits");
      await noteRefusal(step, error.message, { own, operations, found, failed });
    }
  }
}

interface Work {
  readonly own: Client;
  readonly role: Client;
  readonly operations: GatewayOperations;
  readonly key: GatewayKey;
  readonly found: InspectedGateway;
  newHash(): string;
}

async function take(step: GatewayStep, work: Work): Promise<void> {
  const { own, role, operations, key, found } = work;
  switch (step.do) {
    case "open-balancer": {
      const hash = work.newHash();
      return own.invoke(operations.advanceBalancer, { key, hash, balancer: { hash } });
    }
    case "make-balancer": {
      const balancer = await makeBalancer(role, found, step.balancer);
      return own.invoke(operations.advanceBalancer, { key, hash: balancer.hash, balancer });
    }
    case "remove-balancer":
      await removeBalancer(role, step.balancer);
      return own.invoke(operations.advanceBalancer, { key, hash: step.balancer.hash });
    case "update":
      return own.invoke(operations.settleUpdate, await updateBalancers(work));
    case "dissociate":
      return own.invoke(operations.dissociate, step.association);
    case "place-route": {
      const { id } = step.route;
      return own.invoke(operations.advanceRoute, { id, resources: { balancer: step.balancer.hash } });
    }
    case "refuse-route": {
      const { maxAlbCount } = found.gateway.document.settings;
      return noteTrouble(work, step.route, `The gateway has reached its maxAlbCount of ${maxAlbCount}.`);
    }
    default:
      return takeForRoute(step, work);
  }
}

type RouteStep = Extract<
  GatewayStep,
  { readonly do: keyof typeof making | "settle-route" | "remove-route" | "add-certificate" }
>;

const making = {
  "request-certificate": routes.requestCertificate,
  "make-target-groups": routes.makeTargetGroups,
  "make-service-group": routes.makeServiceGroup,
  "make-rule": routes.makeRule,
  "make-test-rule": routes.makeTestRule,
} satisfies Readonly<Record<string, (role: Client, placed: routes.PlacedRoute) => Promise<RouteResources>>>;

async function takeForRoute(step: RouteStep, { own, role, operations, key, found }: Work): Promise<void> {
  const { route, balancer } = step;
  const { id } = route;
  if (step.do === "remove-route") {
    const shared = found.routes.some(
      ({ route: other }) => other.id !== id && other.document.resources.balancer === balancer?.hash,
    );
    await routes.removeTargets(role, route);
    if (balancer?.listenerArn !== undefined && !shared) {
      // The certificate would be in use as long as there is a listener.
      await removeListener(role, balancer.listenerArn);
      const bare = { ...balancer, listenerArn: undefined };
      await own.invoke(operations.advanceBalancer, { key, hash: bare.hash, balancer: bare });
    }
    await routes.removeCertificate(role, { found, route }, shared ? balancer : undefined);
    return own.invoke(operations.advanceRoute, { id, gone: true });
  }
  if (step.do === "settle-route") return own.invoke(operations.advanceRoute, { id, status: "ACTIVE" });
  if (balancer === undefined) return;
  const placed = { found, route, balancer };
  if (step.do !== "add-certificate") {
    return own.invoke(operations.advanceRoute, { id, resources: await making[step.do](role, placed) });
  }
  if (balancer.listenerArn === undefined) {
    const listenerArn = await routes.makeListener(role, placed);
    const { hash } = balancer;
    return own.invoke(operations.advanceBalancer, { key, hash, balancer: { ...balancer, listenerArn } });
  }
  return own.invoke(operations.advanceRoute, { id, resources: await routes.addCertificate(role, placed) });
}

async function updateBalancers({ own, role, operations, key, found }: Work): Promise<UpdateOutcome> {
  const failures: UpdateOutcome["failures"][number][] = [];
  for (const before of found.gateway.document.balancers) {
    const { balancer, failures: more } = await updateBalancer(role, found, before);
    await own.invoke(operations.advanceBalancer, { key, hash: balancer.hash, balancer });
    failures.push(...more);
  }
  return { key, updatedAt: found.gateway.document.updatedAt, failures };
}

/** Notes what stands in the way of a route: of that which the step was for, or of all that wait for a load balancer. */
async function noteRefusal(
  step: GatewayStep,
  trouble: string,
  {
    own,
    operations,
    found,
    failed,
  }: Pick<Work, "own" | "operations" | "found"> & { readonly failed: Set<string> },
): Promise<void> {
  if ("balancer" in step && step.balancer !== undefined && !("route" in step)) failed.add(step.balancer.hash);
  const concerned = found.routes
    .map(({ route }) => route)
    .filter((route) =>
      "route" in step
        ? route.id === step.route.id
        : "balancer" in step && route.document.resources.balancer === step.balancer?.hash,
    );
  for (const route of concerned) {
    failed.add(route.id);
    await noteTrouble({ own, operations }, route, trouble);
  }
}

/** Notes once what stands in the way of a route: a note wakes the loop. */
async function noteTrouble(
  { own, operations }: Pick<Work, "own" | "operations">,
  { id, status, document }: Route,
  trouble: string,
): Promise<void> {
  const [done = "CREATE"] = status.split("_");
  const told = `${done === "DELETE" || done === "UPDATE" ? done : "CREATE"}_FAILED` as const;
  const lasting = lastingWords(trouble);
  if (status === told && document.trouble === lasting) return;
  await own.invoke(operations.advanceRoute, { id, status: told, trouble: lasting });
}
