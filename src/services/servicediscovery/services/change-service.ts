import type * as servicediscovery from "@aws-sdk/client-servicediscovery";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onService } from "../authorise.ts";
import { attributesLimitExceeded, otherOperationRuns, serviceInUse } from "../faults.ts";
import { needNamespace } from "../namespaces/namespace.ts";
import { submitOperation } from "../operations/operation.ts";
import type { CloudMapTables } from "../store.ts";
import { countInstances, keepService, needService, removeService } from "./cloud-map-service.ts";
import { readHealthCheck, updatedRecords } from "./configuration.ts";

/** Other TTLs, another health check: what is left out is deleted, but for the custom health check. */
export const updateService: WriteOperation<typeof servicediscovery, "UpdateService"> = {
  name: "UpdateService",
  authorise: ({ Id }, ctx) => onService("UpdateService", ctx, Id, ["ServiceCreatedByAccount"]),
  async commit(tx, ctx, { Id, Service = {} }) {
    const service = await needService(tx, ctx, Id);
    const namespace = await needNamespace(tx, ctx, service.namespaceId);
    const { Description, DnsConfig, HealthCheckConfig } = Service;
    return submitOperation(
      tx,
      ctx,
      { service: service.key.id },
      {
        type: "UPDATE_SERVICE",
        description: Description,
        records: updatedRecords(service.dns, DnsConfig?.DnsRecords),
        healthCheck: HealthCheckConfig && readHealthCheck(namespace.type, service.dns, HealthCheckConfig),
      },
    );
  },
};

/** Deletes a service that has no instances left. */
export const deleteService: WriteOperation<typeof servicediscovery, "DeleteService"> = {
  name: "DeleteService",
  authorise: ({ Id }, ctx) => onService("DeleteService", ctx, Id, ["ServiceCreatedByAccount"]),
  async commit(tx, ctx, { Id }) {
    const { key } = await needService(tx, ctx, Id);
    if ((await countInstances(tx, key)) > 0) throw serviceInUse();
    const running = await tx
      .tables<CloudMapTables>()
      .selectFrom("servicediscovery_operation")
      .select("id")
      .where("account", "=", key.account)
      .where("region", "=", key.region)
      .where("service_id", "=", key.id)
      .where("status", "in", ["SUBMITTED", "PENDING"])
      .executeTakeFirst();
    if (running !== undefined) throw otherOperationRuns();
    await removeService(tx, key);
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};

/** Attributes of one service (Developer Guide, "AWS Cloud Map quotas"). */
const mostAttributes = 30;

/** Adds attributes to a service, or gives them other values. */
export const updateServiceAttributes: WriteOperation<typeof servicediscovery, "UpdateServiceAttributes"> = {
  name: "UpdateServiceAttributes",
  authorise: ({ ServiceId }, ctx) =>
    onService("UpdateServiceAttributes", ctx, ServiceId, ["ServiceCreatedByAccount"]),
  async commit(tx, ctx, { ServiceId, Attributes = {} }) {
    const service = await needService(tx, ctx, ServiceId);
    const attributes = { ...service.attributes, ...Attributes };
    if (Object.keys(attributes).length > mostAttributes) throw attributesLimitExceeded();
    await keepService(tx, { ...service, attributes });
    return {};
  },
};

/** Takes attributes off a service; those that are not there are ignored. */
export const deleteServiceAttributes: WriteOperation<typeof servicediscovery, "DeleteServiceAttributes"> = {
  name: "DeleteServiceAttributes",
  authorise: ({ ServiceId }, ctx) =>
    onService("DeleteServiceAttributes", ctx, ServiceId, ["ServiceCreatedByAccount"]),
  async commit(tx, ctx, { ServiceId, Attributes = [] }) {
    const service = await needService(tx, ctx, ServiceId);
    const gone = new Set(Attributes);
    const kept = Object.entries(service.attributes).filter(([name]) => !gone.has(name));
    await keepService(tx, { ...service, attributes: Object.fromEntries(kept) });
    return {};
  },
};
