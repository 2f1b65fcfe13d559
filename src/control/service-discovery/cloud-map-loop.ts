import { UpdateHealthCheckCommand } from "@aws-sdk/client-route-53";
import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import {
  createHealthSteps,
  customHealthQueue,
} from "../../services/servicediscovery/instances/custom-health.ts";
import type { Caller } from "../../services/servicediscovery/operations/caller.ts";
import { operationQueue } from "../../services/servicediscovery/operations/operation.ts";
import { createOperationSteps } from "../../services/servicediscovery/operations/progress.ts";
import { cloudMapPrincipal } from "../../services/servicediscovery/principal.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import { refusedByRoute53 } from "./route53-error.ts";
import { workInRoute53 } from "./route53-work.ts";

const concurrency = 8;

/** Attempts after which an operation that meets errors of ours fails. */
const mostAttempts = 5;

export interface CloudMapLoopPorts extends LoopPorts {
  /** Calls as somebody whose identity Cloud Map forwards (`aws:CalledVia`). */
  onBehalf(caller: Caller, servicePrincipal: string): Client;
}

/**
 * Carries out the operations of Cloud Map. AWS: what it does in Route 53 it does with the permissions of whoever asked
 * (Developer Guide, "AWS Cloud Map API permissions").
 */
export function startCloudMapLoop(ports: CloudMapLoopPorts): JobLoop {
  const { beginOperation, settleOperation } = createOperationSteps(ports);
  return startJobLoop(ports, {
    queue: operationQueue,
    concurrency,
    async work(job) {
      const own = ports.clientOf(cloudMapPrincipal, job.account, job.region);
      const begun = await own.invoke(beginOperation, { job });
      if (begun === undefined) return;
      const settle = (outcome: Parameters<typeof own.invoke>[1]) =>
        own.invoke(settleOperation, { job, outcome } as never);
      try {
        const client = ports.onBehalf(begun.caller, cloudMapPrincipal);
        await settle({ made: await workInRoute53(client, begun.work, job.id) });
      } catch (error) {
        const refused = refusedByRoute53(error, begun.work.kind === "create-zone");
        if (refused !== undefined) await settle({ failed: refused });
        else if (job.attempt < mostAttempts) throw error;
        else
          await settle({
            failed: { code: "INTERNAL_FAILURE", message: "The operation met an internal failure." },
          });
      }
    },
  });
}

/** Makes what was said of instances' health count, also for those who ask by DNS. */
export function startCustomHealthLoop(ports: CloudMapLoopPorts): JobLoop {
  const { believeHealth, settleHealth } = createHealthSteps(ports);
  return startJobLoop(ports, {
    queue: customHealthQueue,
    concurrency,
    async work(job) {
      const own = ports.clientOf(cloudMapPrincipal, job.account, job.region);
      const told = await own.invoke(believeHealth, { job });
      if (told === undefined) return;
      try {
        await ports
          .onBehalf(told.caller, cloudMapPrincipal)
          .send(new UpdateHealthCheckCommand({ HealthCheckId: told.healthCheckId, Inverted: told.inverted }));
      } catch (error) {
        // Whoever registered the instance may not do so any more, or its check is gone: another attempt mends neither.
        if (!isFault(error) || error.code === "InternalFailure") throw error;
        ports.log.error({ err: error, job: job.id }, "Route 53 was not told of an instance's health");
      }
      await own.invoke(settleHealth, { job });
    },
  });
}
