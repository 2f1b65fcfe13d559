import type { CreateTableBuilder, Kysely } from "kysely";
import { integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";

/** Where every row of Cloud Map belongs. */
interface InRegion {
  readonly account: string;
  readonly region: string;
}

/** A namespace. `document` holds a `NamespaceDocument` (namespaces/namespace.ts). */
export interface NamespaceRow extends InRegion {
  readonly id: string;
  /** As DiscoverInstances names it; unique. */
  readonly http_name: string;
  /** `creating`, `active` or `deleting`. */
  readonly status: string;
  readonly document: string;
}

/** A service. `document` holds a `ServiceDocument` (services/cloud-map-service.ts). */
export interface ServiceRow extends InRegion {
  readonly id: string;
  readonly namespace_id: string;
  /** In lower case: names differ by more than case. */
  readonly name_key: string;
  /** Grows with each change of its instances and of their health. */
  readonly revision: number;
  readonly document: string;
}

/** A registered instance. `document` holds an `InstanceDocument` (instances/instance.ts). */
export interface InstanceRow extends InRegion {
  readonly service_id: string;
  readonly id: string;
  readonly document: string;
}

/** An operation. `document` holds an `OperationDocument` (operations/operation.ts). */
export interface OperationRow extends InRegion {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly namespace_id: string | null;
  readonly service_id: string | null;
  readonly instance_id: string | null;
  /** Epoch ms. */
  readonly updated_at: number;
  readonly document: string;
}

/** The tables of Cloud Map. */
export interface CloudMapTables {
  servicediscovery_namespace: NamespaceRow;
  servicediscovery_service: ServiceRow;
  servicediscovery_instance: InstanceRow;
  servicediscovery_operation: OperationRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  const table = (name: string): CreateTableBuilder<string, string> =>
    db.schema
      .createTable(name)
      .addColumn("account", text, (c) => c.notNull())
      .addColumn("region", text, (c) => c.notNull());
  await table("servicediscovery_namespace")
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("http_name", text, (c) => c.notNull())
    .addColumn("status", text, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("servicediscovery_namespace_key", ["account", "region", "id"])
    .addUniqueConstraint("servicediscovery_namespace_name", ["account", "region", "http_name"])
    .execute();
  await table("servicediscovery_service")
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("namespace_id", text, (c) => c.notNull())
    .addColumn("name_key", text, (c) => c.notNull())
    .addColumn("revision", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("servicediscovery_service_key", ["account", "region", "id"])
    .addUniqueConstraint("servicediscovery_service_name", ["account", "region", "namespace_id", "name_key"])
    .execute();
  await table("servicediscovery_instance")
    .addColumn("service_id", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("servicediscovery_instance_key", ["account", "region", "service_id", "id"])
    .execute();
  await table("servicediscovery_operation")
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("type", text, (c) => c.notNull())
    .addColumn("status", text, (c) => c.notNull())
    .addColumn("namespace_id", text)
    .addColumn("service_id", text)
    .addColumn("instance_id", text)
    .addColumn("updated_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("servicediscovery_operation_key", ["account", "region", "id"])
    .execute();
  const index = (name: string, columns: string[]) =>
    db.schema.createIndex(name).on("servicediscovery_operation").columns(columns).execute();
  await index("servicediscovery_operation_service", ["account", "region", "service_id", "instance_id"]);
  await index("servicediscovery_operation_namespace", ["account", "region", "namespace_id"]);
  await index("servicediscovery_operation_age", ["account", "region", "updated_at"]);
}

export const migrations: readonly Migration[] = [
  { name: "servicediscovery/001-cloud-map", up: createTables },
];
