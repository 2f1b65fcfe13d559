import type { CreateTableBuilder, Kysely } from "kysely";
import { integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** A service; a deleted one stays a while, so that it can be described. */
export interface ServiceRow {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  readonly name: string;
  readonly status: ServiceStatus;
  /** Counts changes of the service, its deployments and its task sets: a plan made of an older state is not applied. */
  readonly version: number;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON of a `ServiceDocument` (service.ts). */
  readonly document: string;
  /** JSON of a `SchedulingState` (schedule.ts): what the scheduler keeps in mind. */
  readonly scheduling: string;
  /** JSON of `KeptEvent[]` (events.ts), newest first. */
  readonly events: string;
}

/** AWS: the statuses of a service. */
export type ServiceStatus = "ACTIVE" | "DRAINING" | "INACTIVE";

interface OfService {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  readonly service: string;
}

/** A deployment of a service, and the service revision that it runs: they share their number. */
export interface DeploymentRow extends OfService {
  /** 19 digits: `ecs-svc/<id>`, `service-revision/…/<id>`. */
  readonly id: string;
  readonly status: DeploymentStatus;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON of a `DeploymentDocument` (deployment.ts). */
  readonly document: string;
}

/** AWS: PRIMARY is what the service shall run, ACTIVE what still runs, INACTIVE what has been replaced. */
export type DeploymentStatus = "PRIMARY" | "ACTIVE" | "INACTIVE";

/** A service deployment: how a service came, or comes, from one revision to another. */
export interface ServiceDeploymentRow extends OfService {
  /** 21 letters, digits, `-` and `_`. */
  readonly id: string;
  readonly status: string;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON of a `ServiceDeploymentDocument` (service-deployment.ts). */
  readonly document: string;
}

/** A task set of a service whose deployments somebody else controls. */
export interface TaskSetRow extends OfService {
  /** 19 digits: `ecs-svc/<id>`. */
  readonly id: string;
  readonly status: TaskSetStatus;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON of a `TaskSetDocument` (task-set.ts). */
  readonly document: string;
}

/** AWS: DRAINING is a task set that was deleted and still has tasks. */
export type TaskSetStatus = "PRIMARY" | "ACTIVE" | "DRAINING";

/** The tables of services. */
export interface ServiceTables {
  ecs_service: ServiceRow;
  ecs_deployment: DeploymentRow;
  ecs_service_deployment: ServiceDeploymentRow;
  ecs_task_set: TaskSetRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const table = (name: string, keys: readonly string[]) => {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const key of keys) builder = builder.addColumn(key, keyText(dialect), (c) => c.notNull());
    return builder
      .addColumn("status", "text", (c) => c.notNull())
      .addColumn("created_at", integer, (c) => c.notNull())
      .addColumn("document", json, (c) => c.notNull())
      .addPrimaryKeyConstraint(`${name}_key`, [...keys]);
  };
  await table("ecs_service", ["account", "region", "cluster", "name"])
    .addColumn("version", integer, (c) => c.notNull())
    .addColumn("scheduling", json, (c) => c.notNull())
    .addColumn("events", json, (c) => c.notNull())
    .execute();
  for (const name of ["ecs_deployment", "ecs_service_deployment", "ecs_task_set"]) {
    await table(name, ["account", "region", "cluster", "service", "id"]).execute();
  }
}

export const serviceMigrations: readonly Migration[] = [{ name: "ecs/service/001", up: createTables }];
