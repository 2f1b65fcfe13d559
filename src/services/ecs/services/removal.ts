import type { Tx } from "../../../store/types.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { dropTags } from "../tags/tags.ts";
import { type Service, serviceColumns } from "./service.ts";
import type { ServiceTables } from "./service-store.ts";

/** Forgets a service, with its deployments and all that hangs on it. */
export async function forgetService(tx: Tx, { key, arn }: Service): Promise<void> {
  const tables = tx.tables<ServiceTables>();
  for (const table of ["ecs_deployment", "ecs_service_deployment", "ecs_task_set"] as const) {
    await tables
      .deleteFrom(table)
      .where((is) => is.and(serviceColumns(key)))
      .execute();
  }
  await tables
    .deleteFrom("ecs_service")
    .where((is) => is.and({ ...clusterColumns(key), name: key.service }))
    .execute();
  await dropTags(tx, arn);
}
