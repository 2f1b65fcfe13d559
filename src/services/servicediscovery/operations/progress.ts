import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job, Jobs, Rows, Tx } from "../../../store/types.ts";
import {
  findInstance,
  type Instance,
  instancesOf,
  keepInstance,
  removeInstance,
} from "../instances/instance.ts";
import { findNamespace, keepNamespace, removeNamespace } from "../namespaces/namespace.ts";
import { cloudMapPrincipal } from "../principal.ts";
import { bumpRevision, findService, keepService } from "../services/cloud-map-service.ts";
import type { Caller } from "./caller.ts";
import { findOperation, keepProgress, type Operation } from "./operation.ts";
import {
  initialHealth,
  type Subjects,
  serviceAfter,
  type ZoneResult,
  type ZoneWork,
  zoneWorkOf,
} from "./zone-work.ts";

/** What is left to do for an operation in Route 53, and as whom; nothing when it has ended. */
export type BegunOperation = { readonly work: ZoneWork; readonly caller: Caller } | undefined;

/** How an operation went: what Route 53 made, or the code and words of what kept it from it. */
export type OperationOutcome =
  | { readonly made: ZoneResult }
  | { readonly failed: { readonly code: string; readonly message: string } };

interface Settlement {
  readonly job: Job;
  readonly outcome: OperationOutcome;
}

/** The two steps of an operation that are Cloud Map's own, around what Route 53 does for it. */
export function createOperationSteps({ jobs }: { readonly jobs: Jobs }) {
  const own = {
    service: "servicediscovery",
    onlyFor: cloudMapPrincipal,
    unrecorded: true,
    // Bookkeeping of the service in its own tables: AWS knows no permission for it.
    authorise: () => [],
  } as const;

  /** Takes an operation up. What needs nothing of Route 53 is done with it. */
  const beginOperation: InternalOperation<{ readonly job: Job }, undefined, BegunOperation> = {
    ...own,
    name: "BeginOperation",
    async commit(tx, ctx, { job }) {
      const operation = await operationOf(tx, job);
      const subjects = operation && (await subjectsOf(tx, operation));
      if (operation === undefined || subjects === undefined) {
        if (operation !== undefined) await keepProgress(tx, operation, ctx.now, "FAIL", goneError);
        await jobs.finish(tx, job);
        return undefined;
      }
      const work = zoneWorkOf(operation, subjects);
      if (work !== undefined) {
        if (operation.status === "SUBMITTED") await keepProgress(tx, operation, ctx.now, "PENDING");
        return { work, caller: operation.caller };
      }
      if (!(await jobs.finish(tx, job))) return undefined;
      await apply(tx, operation, subjects, { instances: [] }, ctx.now);
      await keepProgress(tx, operation, ctx.now, "SUCCESS");
      return undefined;
    },
  };

  /** Ends an operation as Route 53 answered. */
  const settleOperation: InternalOperation<Settlement, undefined, boolean> = {
    ...own,
    name: "SettleOperation",
    async commit(tx, ctx, { job, outcome }) {
      if (!(await jobs.finish(tx, job))) return false;
      const operation = await operationOf(tx, job);
      if (operation === undefined) return false;
      const subjects = await subjectsOf(tx, operation);
      if (subjects === undefined || "failed" in outcome) {
        await undo(tx, operation);
        await keepProgress(tx, operation, ctx.now, "FAIL", "failed" in outcome ? outcome.failed : goneError);
        return true;
      }
      await apply(tx, operation, subjects, outcome.made, ctx.now);
      await keepProgress(tx, operation, ctx.now, "SUCCESS");
      return true;
    },
  };
  return { beginOperation, settleOperation };
}

/** Ours: AWS names the code (API Reference, "Operation"). */
const goneError = {
  code: "INTERNAL_FAILURE",
  message: "What the operation was for is there no more.",
} as const;

/** The operation of a job, while it has not ended. */
async function operationOf(rows: Rows, { account, region, payload }: Job): Promise<Operation | undefined> {
  // INVARIANT: only `submitOperation` writes to this queue.
  const { operationId } = payload as { readonly operationId: string };
  const found = await findOperation(rows, { account, region, id: operationId });
  return found?.status === "SUCCESS" || found?.status === "FAIL" ? undefined : found;
}

async function subjectsOf(rows: Rows, { key, targets, change }: Operation): Promise<Subjects | undefined> {
  const scope = { account: key.account, region: key.region };
  const service =
    targets.service === undefined ? undefined : await findService(rows, { ...scope, id: targets.service });
  const id = targets.namespace ?? service?.namespaceId;
  const namespace = id === undefined ? undefined : await findNamespace(rows, { ...scope, id });
  if (namespace === undefined || (targets.service !== undefined && service === undefined)) return undefined;
  return { namespace, service, instances: await touchedBy() };

  async function touchedBy(): Promise<readonly Instance[]> {
    if (service === undefined) return [];
    if (change.type === "UPDATE_SERVICE") return instancesOf(rows, service.key);
    const found = targets.instance && (await findInstance(rows, service.key, targets.instance));
    return found === undefined || found === "" ? [] : [found];
  }
}

/** Makes the change that an operation asked for. */
async function apply(
  tx: Tx,
  { change, targets, caller }: Operation,
  { namespace, service, instances }: Subjects,
  made: ZoneResult,
  now: number,
): Promise<void> {
  switch (change.type) {
    case "CREATE_NAMESPACE":
      return keepNamespace(tx, { ...namespace, status: "active", hostedZoneId: made.hostedZoneId });
    case "UPDATE_NAMESPACE":
      return keepNamespace(tx, {
        ...namespace,
        description: change.description ?? namespace.description,
        soaTtl: change.soaTtl ?? namespace.soaTtl,
      });
    case "DELETE_NAMESPACE":
      return removeNamespace(tx, namespace.key);
    case "UPDATE_SERVICE": {
      if (service === undefined) return;
      await keepService(tx, serviceAfter(service, change));
      for (const instance of instances) {
        const result = made.instances.find(({ id }) => id === instance.id);
        if (result === undefined) continue;
        await keepInstance(tx, { ...instance, records: result.records, healthCheckId: result.healthCheckId });
      }
      return;
    }
    case "REGISTER_INSTANCE": {
      if (service === undefined || targets.instance === undefined) return;
      const result = made.instances[0];
      await keepInstance(tx, {
        service: service.key,
        id: targets.instance,
        attributes: change.attributes,
        creatorRequestId: change.creatorRequestId,
        aliasZoneId: change.aliasZoneId,
        customHealth: initialHealth(service, change.attributes),
        healthCheckId: result?.healthCheckId,
        records: result?.records ?? [],
        registrant: caller,
        registeredAt: instances[0]?.registeredAt ?? now,
      });
      return bumpRevision(tx, service.key);
    }
    case "DEREGISTER_INSTANCE":
      if (service === undefined || targets.instance === undefined) return;
      await removeInstance(tx, service.key, targets.instance);
      return bumpRevision(tx, service.key);
  }
}

/** A namespace that could not be made is gone, and one that could not be deleted stays. */
async function undo(tx: Tx, { key, targets, change }: Operation): Promise<void> {
  if (targets.namespace === undefined || targets.service !== undefined) return;
  const namespace = await findNamespace(tx, { ...key, id: targets.namespace });
  if (namespace === undefined) return;
  if (change.type === "CREATE_NAMESPACE") await removeNamespace(tx, namespace.key);
  if (change.type === "DELETE_NAMESPACE") await keepNamespace(tx, { ...namespace, status: "active" });
}
