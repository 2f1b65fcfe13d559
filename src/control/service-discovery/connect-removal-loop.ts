import { DeleteSecretCommand } from "@aws-sdk/client-secrets-manager";
import { DeleteServiceCommand } from "@aws-sdk/client-servicediscovery";
import { second } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import { type KeptCertificate, tlsRole } from "../../services/ecs/service-connect/certificate.ts";
import { connectRemovalQueue, createConnectRemoval } from "../../services/ecs/service-connect/removal.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { ActingRole, LoopPorts } from "../ports.ts";

/** How long a service is left alone whose tasks are still registered, in ms. */
const inUseFor = second;

/**
 * Deletes what ECS made for services of Service Connect that are gone: in Cloud Map as the service-linked role, and
 * certificates as the role that made them. While tasks are still registered it is tried again.
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
      const { registries, certificates } = await own.invoke(findUnused, { job });
      for (const kept of certificates) await removeCertificate(ports, job, kept);
      for (const Id of registries) {
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

/** Deletes the secret of a certificate, as the role that made it. A role that is gone or may not leaves it. */
export async function removeCertificate(
  { clientAs, log }: Pick<LoopPorts, "clientAs" | "log">,
  { account, region }: Pick<ActingRole, "account" | "region">,
  kept: KeptCertificate,
): Promise<void> {
  try {
    await clientAs({ ...tlsRole(kept), account, region }).send(
      new DeleteSecretCommand({ SecretId: kept.secretArn, ForceDeleteWithoutRecovery: true }),
    );
  } catch (error) {
    if (!isFault(error) || error.code === "InternalFailure") throw error;
    log.error({ err: error, secret: kept.secretArn }, "a certificate of Service Connect stays in its secret");
  }
}
