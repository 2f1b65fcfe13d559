import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import { type ServiceKey, serviceArn } from "../../services/ecs/arn.ts";
import { expressSession } from "../../services/ecs/express/configuration.ts";
import type { ExpressOperations, InspectedExpress } from "../../services/ecs/express/execution.ts";
import {
  type ExpressResources,
  expressOfJob,
  expressQueue,
} from "../../services/ecs/express/express-service.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import { backoff } from "../../store/backoff.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import { lastingWords } from "../lasting-words.ts";
import type { LoopPorts } from "../ports.ts";
import { takeTurns } from "../tasks/turns.ts";
import * as infrastructure from "./infrastructure.ts";
import { type ExpressStep, planExpress } from "./plan.ts";
import { removeScaling, scale } from "./scaling.ts";

/** Express services looked after at once by one process. */
const concurrency = 2;

export interface ExpressLoopPorts extends LoopPorts {
  readonly express: ExpressOperations;
}

/**
 * Makes and removes what is around express services, as the infrastructure role of each and with nothing else
 * (Developer Guide, "Resources created by Amazon ECS Express Mode services").
 */
export function startExpressLoop(ports: ExpressLoopPorts): JobLoop {
  // INVARIANT: one at a time in a region, so that two that begin at once come to share a load balancer.
  const inTurn = takeTurns();
  return startJobLoop(ports, {
    queue: expressQueue,
    concurrency,
    work: (job, signal) => inTurn(`${job.account} ${job.region}`, () => work(ports, job, signal)),
  });
}

async function work(ports: ExpressLoopPorts, job: Job, signal: AbortSignal): Promise<void> {
  const { clientOf, clientAs, express: operations, clock, log } = ports;
  const key = expressOfJob(job);
  const own = clientOf(ecsPrincipal, job.account, job.region);
  while (!signal.aborted) {
    const found = await own.invoke(operations.inspect, key);
    const planned = found === undefined ? {} : planExpress(found, clock.now());
    if (found === undefined || !("step" in planned)) {
      const until = "until" in planned ? planned.until : undefined;
      await own.invoke(operations.rest, { job, until });
      return;
    }
    const { infrastructureRoleArn: roleArn } = found.express.document;
    const { account, region } = key;
    const role = clientAs({
      servicePrincipal: ecsPrincipal,
      roleArn,
      account,
      region,
      sessionName: expressSession,
    });
    try {
      await take(planned.step, { own, role, operations, key, found });
    } catch (error) {
      if (!isFault(error) || error.code === "InternalFailure") throw error;
      log.error({ service: serviceArn(key), step: planned.step, err: error }, "an express service waits");
      const trouble = lastingWords(error.message);
      if (trouble !== found.express.document.trouble) await own.invoke(operations.advance, { key, trouble });
      await ports.jobs.release(job, clock.now() + backoff(job.attempt, ports.random), error.message);
      return;
    }
  }
}

interface Work {
  readonly own: Client;
  readonly role: Client;
  readonly operations: ExpressOperations;
  readonly key: ServiceKey;
  readonly found: InspectedExpress;
}

async function take(step: ExpressStep, { own, role, operations, key, found }: Work): Promise<void> {
  if (step === "launch") return own.invoke(operations.launch, key);
  if (step === "end") return own.invoke(operations.end, key);
  const resources: ExpressResources = await steps[step](role, found);
  await own.invoke(operations.advance, { key, resources });
}

const steps: Readonly<
  Record<
    Exclude<ExpressStep, "launch" | "end">,
    (role: Client, found: InspectedExpress) => Promise<ExpressResources>
  >
> = {
  "make-security-groups": infrastructure.makeSecurityGroups,
  "make-load-balancer": infrastructure.makeLoadBalancer,
  "make-target-groups": infrastructure.makeTargetGroups,
  "make-listener": infrastructure.makeListener,
  "make-rule": infrastructure.makeRule,
  scale,
  "remove-scaling": removeScaling,
  "remove-rule": infrastructure.removeRule,
  "remove-target-groups": infrastructure.removeTargetGroups,
  "remove-load-balancer": infrastructure.removeLoadBalancer,
  "remove-security-groups": infrastructure.removeSecurityGroups,
};
