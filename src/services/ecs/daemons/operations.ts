import type { AnyOperation } from "../../../dispatch/operation.ts";
import { createDaemon, deleteDaemon, updateDaemon } from "./change-daemon.ts";
import {
  deleteDaemonTaskDefinition,
  describeDaemonTaskDefinition,
  listDaemonTaskDefinitions,
} from "./daemon-task-definitions.ts";
import { describeDaemon, listDaemonsOperation } from "./describe-daemon.ts";
import {
  describeDaemonDeployments,
  describeDaemonRevisions,
  listDaemonDeployments,
} from "./describe-daemon-deployments.ts";
import { registerDaemonTaskDefinition } from "./register-daemon-task-definition.ts";

/** Daemons of managed instances: their task definitions, revisions and deployments. */
export const daemonOperations = (): readonly AnyOperation[] => [
  createDaemon,
  deleteDaemon,
  deleteDaemonTaskDefinition,
  describeDaemon,
  describeDaemonDeployments,
  describeDaemonRevisions,
  describeDaemonTaskDefinition,
  listDaemonDeployments,
  listDaemonTaskDefinitions,
  listDaemonsOperation,
  registerDaemonTaskDefinition,
  updateDaemon,
];
