import * as ecs from "@aws-sdk/client-ecs";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { attributeOperations } from "./attributes/operations.ts";
import { computeRoleOwner } from "./capacity-providers/compute-role.ts";
import { capacityProviderOperations } from "./capacity-providers/operations.ts";
import { clusterOperations } from "./clusters/operations.ts";
import { containerInstanceOperations } from "./container-instances/operations.ts";
import { daemonOperations } from "./daemons/operations.ts";
import { executeCommand } from "./exec/execute-command.ts";
import { expressOperations } from "./express/operations.ts";
import { gatewayOperations } from "./gateways/operations.ts";
import type { EcsPorts } from "./ports.ts";
import { clusterRoleOwner } from "./role-use/role-owner.ts";
import { serviceOperations } from "./services/operations.ts";
import { settingOperations } from "./settings/operations.ts";
import { taggedFacts } from "./tags/facts.ts";
import { tagOperations } from "./tags/operations.ts";
import { taskDefinitionOperations } from "./task-definitions/operations.ts";
import { taskOperations } from "./tasks/operations.ts";

/** Amazon ECS. Each noun's folder names its own operations. */
export function createEcsService(ports: EcsPorts): Service {
  const operations: readonly AnyOperation[] = [
    ...taskDefinitionOperations,
    ...taskOperations(ports),
    ...serviceOperations(ports),
    ...expressOperations(ports),
    ...gatewayOperations(),
    ...clusterOperations(),
    ...settingOperations(),
    ...capacityProviderOperations(),
    ...daemonOperations(),
    ...containerInstanceOperations(ports),
    ...attributeOperations(),
    ...tagOperations(),
    executeCommand(ports),
  ];
  return {
    signingName: "ecs",
    eventSource: "ecs.amazonaws.com",
    module: ecs,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    resource: taggedFacts,
    roleOwners: [clusterRoleOwner(ports), computeRoleOwner],
  };
}
