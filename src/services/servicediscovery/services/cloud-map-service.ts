import type {
  Service as ApiService,
  DnsRecord,
  HealthCheckConfig,
  RoutingPolicy,
  ServiceType,
} from "@aws-sdk/client-servicediscovery";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { keyOf, serviceArn } from "../arn.ts";
import { serviceNotFound } from "../faults.ts";
import type { CloudMapKey, CloudMapScope } from "../scope.ts";
import type { CloudMapTables, ServiceRow } from "../store.ts";

/** What records the instances of a service get. */
export interface DnsConfiguration {
  readonly routingPolicy: RoutingPolicy;
  readonly records: readonly DnsRecord[];
}

/** What is kept of a service. */
export interface ServiceDocument {
  readonly name: string;
  readonly namespaceId: string;
  readonly type: ServiceType;
  readonly description?: string | undefined;
  readonly creatorRequestId?: string | undefined;
  readonly dns?: DnsConfiguration | undefined;
  /** A health check of Route 53 for each instance. */
  readonly healthCheck?: HealthCheckConfig | undefined;
  /** Somebody else says how each instance is (UpdateInstanceCustomHealthStatus). */
  readonly customHealth: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly tags: readonly Tag[];
}

/** A service of Cloud Map: a name under which instances are found. */
export interface CloudMapService extends ServiceDocument {
  readonly key: CloudMapKey;
  readonly revision: number;
}

export function serviceOfRow(row: ServiceRow): CloudMapService {
  return {
    ...(JSON.parse(row.document) as ServiceDocument),
    key: { account: row.account, region: row.region, id: row.id } as CloudMapKey,
    revision: Number(row.revision),
  };
}

/** The service with an id; `undefined` when there is none. */
export async function findService(
  rows: Rows,
  { account, region, id }: CloudMapKey,
): Promise<CloudMapService | undefined> {
  const row = await rows
    .tables<CloudMapTables>()
    .selectFrom("servicediscovery_service")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("id", "=", id)
    .executeTakeFirst();
  return row && serviceOfRow(row);
}

/** The service of a namespace with a name; AWS: upper and lower case make no difference. */
export async function findServiceByName(
  rows: Rows,
  { account, region, id }: CloudMapKey,
  name: string,
): Promise<CloudMapService | undefined> {
  const row = await rows
    .tables<CloudMapTables>()
    .selectFrom("servicediscovery_service")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("namespace_id", "=", id)
    .where("name_key", "=", name.toLowerCase())
    .executeTakeFirst();
  return row && serviceOfRow(row);
}

/** The service that a caller names by id or ARN. @throws Fault `ServiceNotFound` */
export async function needService(
  rows: Rows,
  scope: CloudMapScope,
  id: string | undefined,
): Promise<CloudMapService> {
  const key = keyOf(scope, id);
  const own = key.account === scope.account && key.region === scope.region;
  const found = own ? await findService(rows, key) : undefined;
  if (found === undefined) throw serviceNotFound();
  return found;
}

/** Writes a service, new or changed; its revision stays what it is. */
export async function keepService(tx: Tx, { key, revision, ...document }: CloudMapService): Promise<void> {
  const text = JSON.stringify(document);
  await tx
    .tables<CloudMapTables>()
    .insertInto("servicediscovery_service")
    .values({
      account: key.account,
      region: key.region,
      id: key.id,
      namespace_id: document.namespaceId,
      name_key: document.name.toLowerCase(),
      revision,
      document: text,
    })
    .onConflict((on) => on.columns(["account", "region", "id"]).doUpdateSet({ document: text }))
    .execute();
}

/** Says that another answer is to be had for the service than before. */
export async function bumpRevision(tx: Tx, { account, region, id }: CloudMapKey): Promise<void> {
  await tx
    .tables<CloudMapTables>()
    .updateTable("servicediscovery_service")
    .set((get) => ({ revision: get("revision", "+", 1) }))
    .where("account", "=", account)
    .where("region", "=", region)
    .where("id", "=", id)
    .execute();
}

export async function removeService(tx: Tx, { account, region, id }: CloudMapKey): Promise<void> {
  await tx
    .tables<CloudMapTables>()
    .deleteFrom("servicediscovery_service")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("id", "=", id)
    .execute();
}

/** How many instances a service has. */
export async function countInstances(rows: Rows, { account, region, id }: CloudMapKey): Promise<number> {
  const { count } = await rows
    .tables<CloudMapTables>()
    .selectFrom("servicediscovery_instance")
    .select((get) => get.fn.countAll<number>().as("count"))
    .where("account", "=", account)
    .where("region", "=", region)
    .where("service_id", "=", id)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** A service as the API answers it. */
export function describeService(service: CloudMapService, instanceCount: number): ApiService {
  const { key, dns } = service;
  return {
    Id: key.id,
    Arn: serviceArn(key),
    ResourceOwner: key.account,
    CreatedByAccount: key.account,
    Name: service.name,
    NamespaceId: service.namespaceId,
    Description: service.description,
    InstanceCount: instanceCount,
    DnsConfig: dns && {
      NamespaceId: service.namespaceId,
      RoutingPolicy: dns.routingPolicy,
      DnsRecords: [...dns.records],
    },
    Type: service.type,
    HealthCheckConfig: service.healthCheck,
    // AWS: the threshold is no longer supported and always 1 (API Reference, "HealthCheckCustomConfig").
    HealthCheckCustomConfig: service.customHealth ? { FailureThreshold: 1 } : undefined,
    CreateDate: new Date(service.createdAt),
    CreatorRequestId: service.creatorRequestId,
  };
}
