import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { Instance as ApiInstance, CustomHealthStatus } from "@aws-sdk/client-servicediscovery";
import type { Rows, Tx } from "../../../store/types.ts";
import { instanceNotFound } from "../faults.ts";
import type { Caller } from "../operations/caller.ts";
import type { CloudMapKey } from "../scope.ts";
import type { CloudMapTables, InstanceRow } from "../store.ts";

/** What is kept of an instance. */
export interface InstanceDocument {
  readonly attributes: Readonly<Record<string, string>>;
  readonly creatorRequestId?: string | undefined;
  /** What somebody said of its health, where the service takes such words. */
  readonly customHealth?: CustomHealthStatus | undefined;
  /** What was said last and is not in force yet (API Reference, "HealthCheckCustomConfig": about 30 seconds). */
  readonly expectedHealth?: CustomHealthStatus | undefined;
  /** The health check that was made for it in Route 53. */
  readonly healthCheckId?: string | undefined;
  /** The records that were made for it, exactly as they were: Route 53 deletes no others. */
  readonly records: readonly ResourceRecordSet[];
  /** The hosted zone of the load balancer that AWS_ALIAS_DNS_NAME names. */
  readonly aliasZoneId?: string | undefined;
  /** Who registered it: records and health check are theirs to change. */
  readonly registrant: Caller;
  /** Epoch ms. */
  readonly registeredAt: number;
}

/** An instance that is registered. */
export interface Instance extends InstanceDocument {
  readonly service: CloudMapKey;
  readonly id: string;
}

function instanceOfRow(row: InstanceRow): Instance {
  return {
    ...(JSON.parse(row.document) as InstanceDocument),
    service: { account: row.account, region: row.region, id: row.service_id } as CloudMapKey,
    id: row.id,
  };
}

export async function findInstance(
  rows: Rows,
  service: CloudMapKey,
  id: string,
): Promise<Instance | undefined> {
  const row = await rows
    .tables<CloudMapTables>()
    .selectFrom("servicediscovery_instance")
    .selectAll()
    .where("account", "=", service.account)
    .where("region", "=", service.region)
    .where("service_id", "=", service.id)
    .where("id", "=", id)
    .executeTakeFirst();
  return row && instanceOfRow(row);
}

/** @throws Fault `InstanceNotFound` */
export async function needInstance(
  rows: Rows,
  service: CloudMapKey,
  id: string | undefined,
): Promise<Instance> {
  const found = await findInstance(rows, service, id ?? "");
  if (found === undefined) throw instanceNotFound();
  return found;
}

/** The instances of a service by id, after one and at most so many; all of them by default (1,000 at most are kept). */
export async function instancesOf(
  rows: Rows,
  service: CloudMapKey,
  { after, limit }: { readonly after: string; readonly limit: number } = { after: "", limit: mostInstances },
): Promise<readonly Instance[]> {
  const found = await rows
    .tables<CloudMapTables>()
    .selectFrom("servicediscovery_instance")
    .selectAll()
    .where("account", "=", service.account)
    .where("region", "=", service.region)
    .where("service_id", "=", service.id)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
  return found.map(instanceOfRow);
}

/** Instances of one service (Developer Guide, "AWS Cloud Map quotas"). */
export const mostInstances = 1_000;

/** Writes an instance, new or changed. */
export async function keepInstance(tx: Tx, { service, id, ...document }: Instance): Promise<void> {
  const text = JSON.stringify(document);
  await tx
    .tables<CloudMapTables>()
    .insertInto("servicediscovery_instance")
    .values({ account: service.account, region: service.region, service_id: service.id, id, document: text })
    .onConflict((on) => on.columns(["account", "region", "service_id", "id"]).doUpdateSet({ document: text }))
    .execute();
}

export async function removeInstance(tx: Tx, service: CloudMapKey, id: string): Promise<void> {
  await tx
    .tables<CloudMapTables>()
    .deleteFrom("servicediscovery_instance")
    .where("account", "=", service.account)
    .where("region", "=", service.region)
    .where("service_id", "=", service.id)
    .where("id", "=", id)
    .execute();
}

/** An instance as the API answers it. */
export function describeInstance({ id, service, ...instance }: Instance): ApiInstance {
  return {
    Id: id,
    CreatorRequestId: instance.creatorRequestId,
    Attributes: { ...instance.attributes },
    CreatedByAccount: service.account,
  };
}
