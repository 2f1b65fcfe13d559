import type { Migration } from "../../store/types.ts";
import { agentMigrations } from "./agents/agent-store.ts";
import { groupProviderMigrations } from "./capacity-providers/group-store.ts";
import { managedMigrations } from "./capacity-providers/managed-store.ts";
import { clusterMigrations } from "./clusters/cluster-store.ts";
import { instanceMigrations } from "./container-instances/instance-store.ts";
import { daemonMigrations } from "./daemons/daemon-store.ts";
import { expressMigrations } from "./express/express-store.ts";
import { gatewayMigrations } from "./gateways/gateway-store.ts";
import { serviceMigrations } from "./services/service-store.ts";
import { settingMigrations } from "./settings/setting-store.ts";
import { tagMigrations } from "./tags/tag-store.ts";
import { taskDefinitionMigrations } from "./task-definitions/task-definition-store.ts";
import { taskMigrations } from "./tasks/task-store.ts";

/** The tables of ECS; each noun's folder has its own, and its own migrations. */
export const migrations: readonly Migration[] = [
  ...taskDefinitionMigrations,
  ...taskMigrations,
  ...clusterMigrations,
  ...tagMigrations,
  ...instanceMigrations,
  ...settingMigrations,
  ...agentMigrations,
  ...serviceMigrations,
  ...managedMigrations,
  ...daemonMigrations,
  ...groupProviderMigrations,
  ...expressMigrations,
  ...gatewayMigrations,
];
