import type * as servicediscovery from "@aws-sdk/client-servicediscovery";
import type { InternalOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { second } from "../../../kernel/duration.ts";
import type { Job, Jobs, NewJob } from "../../../store/types.ts";
import { onService } from "../authorise.ts";
import { customHealthNotFound } from "../faults.ts";
import type { Caller } from "../operations/caller.ts";
import { cloudMapPrincipal } from "../principal.ts";
import type { CloudMapKey } from "../scope.ts";
import { bumpRevision, needService } from "../services/cloud-map-service.ts";
import { findInstance, keepInstance, needInstance } from "./instance.ts";

/** The queue of words about an instance's health that are not in force yet. */
export const customHealthQueue = "servicediscovery.custom-health";

/** How long Cloud Map waits before it believes what it was told (API Reference, "HealthCheckCustomConfig"), in ms. */
const hesitation = 30 * second;

/** Says how an instance is, where its service takes such words. */
export const updateInstanceCustomHealthStatus: WriteOperation<
  typeof servicediscovery,
  "UpdateInstanceCustomHealthStatus"
> = {
  name: "UpdateInstanceCustomHealthStatus",
  authorise: ({ ServiceId }, ctx) =>
    onService("UpdateInstanceCustomHealthStatus", ctx, ServiceId, ["ServiceArn", "ServiceCreatedByAccount"]),
  async commit(tx, ctx, { ServiceId, InstanceId, Status }) {
    const service = await needService(tx, ctx, ServiceId);
    const instance = await needInstance(tx, service.key, InstanceId);
    if (!service.customHealth || Status === undefined) throw customHealthNotFound();
    // AWS: the same word said again does not change when it counts.
    if (instance.expectedHealth === Status) return {};
    if (instance.expectedHealth === undefined && instance.customHealth === Status) return {};
    await keepInstance(tx, { ...instance, expectedHealth: Status });
    await tx.enqueue(believing(service.key, instance.id, ctx.now + hesitation, ctx.now));
    return {};
  },
};

function believing(service: CloudMapKey, instance: string, notBefore: number, said: number): NewJob {
  const { account, region, id } = service;
  return {
    queue: customHealthQueue,
    key: `${region}/${id}/${instance}/${said}`,
    account,
    region,
    payload: { service: id, instance, said },
    notBefore,
  };
}

/** A health check of Route 53 that is to say something else, and as whom it is told. */
export type ToldHealth =
  | { readonly healthCheckId: string; readonly inverted: boolean; readonly caller: Caller }
  | undefined;

/** Makes what was said of an instance's health count. */
export function createHealthSteps({ jobs }: { readonly jobs: Jobs }) {
  const believeHealth: InternalOperation<{ readonly job: Job }, undefined, ToldHealth> = {
    service: "servicediscovery",
    name: "BelieveCustomHealth",
    onlyFor: cloudMapPrincipal,
    unrecorded: true,
    // Bookkeeping of the service in its own tables: AWS knows no permission for it.
    authorise: () => [],
    async commit(tx, _ctx, { job }) {
      const { account, region } = job;
      // INVARIANT: only UpdateInstanceCustomHealthStatus writes to this queue.
      const payload = job.payload as { readonly service: string; readonly instance: string };
      const service: CloudMapKey = { account, region, id: payload.service };
      const instance = await findInstance(tx, service, payload.instance);
      if (instance === undefined) {
        await jobs.finish(tx, job);
        return undefined;
      }
      const health = instance.expectedHealth ?? instance.customHealth;
      if (instance.expectedHealth !== undefined) {
        await keepInstance(tx, { ...instance, customHealth: health, expectedHealth: undefined });
        await bumpRevision(tx, service);
      }
      const { healthCheckId, registrant } = instance;
      if (healthCheckId !== undefined)
        return { healthCheckId, inverted: health === "UNHEALTHY", caller: registrant };
      await jobs.finish(tx, job);
      return undefined;
    },
  };
  /** Ends the job once Route 53 knows, or will not hear of it. */
  const settleHealth: InternalOperation<{ readonly job: Job }, undefined, boolean> = {
    service: "servicediscovery",
    name: "SettleCustomHealth",
    onlyFor: cloudMapPrincipal,
    unrecorded: true,
    // Bookkeeping of the service in its own tables: AWS knows no permission for it.
    authorise: () => [],
    commit: (tx, _ctx, { job }) => jobs.finish(tx, job),
  };
  return { believeHealth, settleHealth };
}
