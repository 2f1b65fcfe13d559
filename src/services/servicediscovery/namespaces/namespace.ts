import type { Namespace as ApiNamespace, NamespaceType } from "@aws-sdk/client-servicediscovery";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { keyOf, namespaceArn } from "../arn.ts";
import { namespaceNotFound } from "../faults.ts";
import type { CloudMapKey, CloudMapScope } from "../scope.ts";
import type { CloudMapTables, NamespaceRow } from "../store.ts";

/** What is kept of a namespace. */
export interface NamespaceDocument {
  readonly name: string;
  readonly type: NamespaceType;
  readonly httpName: string;
  readonly description?: string | undefined;
  readonly creatorRequestId?: string | undefined;
  /** Of a private DNS namespace: the VPC in which its names answer. */
  readonly vpc?: string | undefined;
  /** Of a DNS namespace, once its zone is there. */
  readonly hostedZoneId?: string | undefined;
  /** Seconds, of a DNS namespace's SOA record. */
  readonly soaTtl?: number | undefined;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly tags: readonly Tag[];
}

export type NamespaceStatus = "creating" | "active" | "deleting";

export interface Namespace extends NamespaceDocument {
  readonly key: CloudMapKey;
  readonly status: NamespaceStatus;
}

export function namespaceOfRow(row: NamespaceRow): Namespace {
  return {
    ...(JSON.parse(row.document) as NamespaceDocument),
    key: { account: row.account, region: row.region, id: row.id } as CloudMapKey,
    status: row.status as NamespaceStatus,
  };
}

/** The namespace with an id, in whatever state; `undefined` when there is none. */
export async function findNamespace(
  rows: Rows,
  { account, region, id }: CloudMapKey,
): Promise<Namespace | undefined> {
  const row = await rows
    .tables<CloudMapTables>()
    .selectFrom("servicediscovery_namespace")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("id", "=", id)
    .executeTakeFirst();
  return row && namespaceOfRow(row);
}

/** The namespace that DiscoverInstances knows under a name. */
export async function findNamespaceByHttpName(
  rows: Rows,
  { account, region }: CloudMapScope,
  httpName: string,
): Promise<Namespace | undefined> {
  const row = await rows
    .tables<CloudMapTables>()
    .selectFrom("servicediscovery_namespace")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("http_name", "=", httpName)
    .executeTakeFirst();
  return row && namespaceOfRow(row);
}

/**
 * The namespace that a caller names by id or ARN. AWS: one that is being created is not there yet.
 * @throws Fault `NamespaceNotFound`
 */
export async function needNamespace(
  rows: Rows,
  scope: CloudMapScope,
  id: string | undefined,
): Promise<Namespace> {
  const key = keyOf(scope, id);
  const own = key.account === scope.account && key.region === scope.region;
  const found = own ? await findNamespace(rows, key) : undefined;
  if (found === undefined || found.status === "creating") throw namespaceNotFound();
  return found;
}

/** Writes a namespace, new or changed. */
export async function keepNamespace(tx: Tx, { key, status, ...document }: Namespace): Promise<void> {
  const values = { status, document: JSON.stringify(document) };
  await tx
    .tables<CloudMapTables>()
    .insertInto("servicediscovery_namespace")
    .values({ ...keyColumns(key), http_name: document.httpName, ...values })
    .onConflict((on) => on.columns(["account", "region", "id"]).doUpdateSet(values))
    .execute();
}

export async function removeNamespace(tx: Tx, { account, region, id }: CloudMapKey): Promise<void> {
  await tx
    .tables<CloudMapTables>()
    .deleteFrom("servicediscovery_namespace")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("id", "=", id)
    .execute();
}

function keyColumns({ account, region, id }: CloudMapKey) {
  return { account, region, id };
}

/** How many services a namespace has. */
export async function countServices(rows: Rows, { account, region, id }: CloudMapKey): Promise<number> {
  const { count } = await rows
    .tables<CloudMapTables>()
    .selectFrom("servicediscovery_service")
    .select((get) => get.fn.countAll<number>().as("count"))
    .where("account", "=", account)
    .where("region", "=", region)
    .where("namespace_id", "=", id)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** A namespace as the API answers it. */
export function describeNamespace(namespace: Namespace, serviceCount: number): ApiNamespace {
  const { key, hostedZoneId, soaTtl } = namespace;
  return {
    Id: key.id,
    Arn: namespaceArn(key),
    ResourceOwner: key.account,
    Name: namespace.name,
    Type: namespace.type,
    Description: namespace.description,
    ServiceCount: serviceCount,
    Properties: {
      ...(namespace.type !== "HTTP" && {
        DnsProperties: { HostedZoneId: hostedZoneId, SOA: { TTL: soaTtl } },
      }),
      HttpProperties: { HttpName: namespace.httpName },
    },
    CreateDate: new Date(namespace.createdAt),
    CreatorRequestId: namespace.creatorRequestId,
  };
}
