import type { HealthCheckConfig } from "@aws-sdk/client-route-53";
import type { InternalOperation } from "../../dispatch/operation.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import { type EndpointProbe, probeTarget } from "./target.ts";

/** Endpoints that are looked at at once: each may take some seconds. */
const concurrency = 32;

export interface HealthProbePorts extends LoopPorts {
  readonly healthCheckQueue: string;
  readonly route53Principal: string;
  readonly inspectHealthCheck: InternalOperation<
    { readonly id: string },
    undefined,
    HealthCheckConfig | undefined
  >;
  readonly settleHealthCheck: InternalOperation<
    { readonly job: Job; readonly finding?: Awaited<ReturnType<EndpointProbe>> | undefined },
    undefined,
    boolean
  >;
  readonly probe: EndpointProbe;
}

/** Looks at the endpoints of health checks when their time comes, and tells Route 53 what it found. */
export function startHealthProbes(ports: HealthProbePorts): JobLoop {
  return startJobLoop(ports, {
    queue: ports.healthCheckQueue,
    concurrency,
    async work(job) {
      const client = ports.clientOf(ports.route53Principal, job.account, job.region);
      // INVARIANT: only Route 53 writes to this queue.
      const { id } = job.payload as { readonly id: string };
      const config = await client.invoke(ports.inspectHealthCheck, { id });
      const finding = config === undefined ? undefined : await ports.probe(probeTarget(config));
      await client.invoke(ports.settleHealthCheck, { job, finding });
    },
  });
}
