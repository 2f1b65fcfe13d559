import { hour } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import {
  type ConnectTlsPorts,
  certificateQueue,
  type KeptCertificate,
  replaceCertificate,
  rotatedEvery,
  tlsRole,
} from "../../services/ecs/service-connect/certificate.ts";
import { createConnectRemoval } from "../../services/ecs/service-connect/removal.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import { removeCertificate } from "./connect-removal-loop.ts";

/** How long it waits when a certificate could not be replaced, in ms; it is valid for two days more. */
const triedAgain = hour;

/**
 * Replaces the certificates of Service Connect, as the role of each TLS configuration, and removes those that no service
 * has any more.
 */
export function startConnectRotationLoop(ports: LoopPorts & ConnectTlsPorts): JobLoop {
  const { jobs, clock, log } = ports;
  const { isInUse, settleRemoval } = createConnectRemoval(ports);
  return startJobLoop(ports, {
    queue: certificateQueue,
    concurrency: 2,
    async work(job) {
      const { account, region } = job;
      // INVARIANT: only `rotationJob` makes jobs of this queue.
      const kept = job.payload as KeptCertificate;
      const own = ports.clientOf(ecsPrincipal, account, region);
      if (!(await own.invoke(isInUse, { job }))) {
        await removeCertificate(ports, { account, region }, kept);
        await own.invoke(settleRemoval, { job });
        return;
      }
      try {
        await replaceCertificate(ports, ports.clientAs({ ...tlsRole(kept), account, region }), kept);
        await jobs.release(job, clock.now() + rotatedEvery);
      } catch (error) {
        if (!isFault(error) || error.code === "InternalFailure") throw error;
        log.error(
          { err: error, secret: kept.secretArn },
          "a certificate of Service Connect was not replaced",
        );
        await jobs.release(job, clock.now() + triedAgain, error.message);
      }
    },
  });
}
