import type * as ecs from "@aws-sdk/client-ecs";
import { StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { needCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { disconnectService } from "../gateways/connect-service.ts";
import { enqueueConnectRemoval } from "../service-connect/removal.ts";
import { tagsOf } from "../tags/tags.ts";
import { describeService, viewService } from "./describe.ts";
import { onService } from "./permissions.ts";
import { changeService, findService, serviceNamed, serviceNotFound } from "./service.ts";
import { enqueueService } from "./service-job.ts";

/**
 * Deletes a service: it drains, its scheduler stops its tasks, and then it is INACTIVE.
 * AWS: a service that still wants tasks must be forced, but for a daemon (captured).
 */
export const deleteService: WriteOperation<typeof ecs, "DeleteService"> = {
  name: "DeleteService",
  authorise: (input, ctx) => [
    onService("ecs:DeleteService", serviceNamed(input.cluster, input.service, ctx)),
  ],
  async commit(tx, ctx, input) {
    const key = serviceNamed(input.cluster, input.service, ctx);
    await needCluster(tx, key);
    const service = await findService(tx, key);
    // AWS: an empty message (captured).
    if (service === undefined || service.status === "INACTIVE") throw serviceNotFound("");
    const { document } = service;
    const scaled = document.schedulingStrategy === "REPLICA" && document.desiredCount > 0;
    if (scaled && input.force !== true) {
      throw invalidParameter("The service cannot be stopped while it is scaled above 0.");
    }
    const changed = await changeService(tx, service, {
      status: "DRAINING",
      document: { ...document, desiredCount: 0 },
    });
    if (changed === undefined) throw new StalePreparation(`${service.arn} has changed`);
    await enqueueService(tx, key);
    await enqueueConnectRemoval(tx, service);
    await disconnectService(tx, key);
    return { service: describeService(await viewService(tx, changed), await tagsOf(tx, changed.arn)) };
  },
};
