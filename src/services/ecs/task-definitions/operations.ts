import type { AnyOperation } from "../../../dispatch/operation.ts";
import { deleteTaskDefinitions } from "./delete-task-definitions.ts";
import { deregisterTaskDefinition } from "./deregister-task-definition.ts";
import { describeTaskDefinitionOperation } from "./describe-task-definition.ts";
import { listTaskDefinitionFamilies } from "./list-task-definition-families.ts";
import { listTaskDefinitions } from "./list-task-definitions.ts";
import { registerTaskDefinition } from "./register-task-definition.ts";

/** Task definitions: registered in numbered revisions, listed, given up. */
export const taskDefinitionOperations: readonly AnyOperation[] = [
  deleteTaskDefinitions,
  deregisterTaskDefinition,
  describeTaskDefinitionOperation,
  listTaskDefinitionFamilies,
  listTaskDefinitions,
  registerTaskDefinition,
];
