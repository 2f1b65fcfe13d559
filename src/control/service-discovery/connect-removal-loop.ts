import { DeleteServiceCommand } from "@aws-sdk/client-servicediscovery";
import { second } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import { connectRemovalQueue, createConnectRemoval } from "../../services/ecs/service-connect/removal.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

/** How long a service is left alone whose tasks are still registered, in ms. */
const inUseFor = second;

/**
 * Deletes what ECS made in Cloud Map for services of Service Connect that are gone, as the service-linked role. While
 * tasks are still registered it is tried again.
 */
export function startConnectRemovalLoop(ports: LoopPorts): JobLoop {
  const { jobs, clock } = ports;
  const { findUnused, settleRemoval } = createConnectRemoval(ports);
  return startJobLoop(ports, {
    queue: connectRemovalQueue,
    concurrency: 2,
    async work(job) {
      const { account, region } = job;
      const own = ports.clientOf(ecsPrincipal, account, region);
      const role = ports.clientAs({
        servicePrincipal: ecsPrincipal,
        account,
        region,
        sessionName: "ecs-service-connect",
      });
      for (const Id of await own.invoke(findUnused, { job })) {
        try {
          await role.send(new DeleteServiceCommand({ Id }));
        } catch (error) {
          if (isFault(error, "ResourceInUse"))
            return jobs.release(job, clock.now() + inUseFor, error.message);
          if (!isFault(error) || error.code === "InternalFailure") throw error;
          // Gone already, or not ECS's to delete.
          if (error.code !== "ServiceNotFound")
            ports.log.error({ err: error, service: Id }, "a service of Service Connect stays in Cloud Map");
        }
      }
      await own.invoke(settleRemoval, { job });
    },
  });
}
