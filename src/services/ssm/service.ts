import type { AnyOperation } from "../../dispatch/operation.ts";
import type { ResourceFacts, Service } from "../../dispatch/service.ts";
import { parseArn } from "../../kernel/arn.ts";
import type { Rows } from "../../store/types.ts";
import * as contract from "./contract.ts";
import { namesOf } from "./parameters/name.ts";
import { parameterOperations } from "./parameters/operations.ts";
import { findParameter } from "./parameters/parameter.ts";
import { type ResourcePolicyPorts, resourcePolicyOperations } from "./resource-policies/operations.ts";
import { resourcePoliciesOf } from "./resource-policies/resource-policies.ts";
import { sessionOperations } from "./sessions/operations.ts";
import type { SessionPorts } from "./sessions/ports.ts";
import { tagOperations } from "./tags/operations.ts";

/** AWS Systems Manager: Parameter Store, and Session Manager for containers. Its other parts manage machines. */
export function createSsmService(ports: SessionPorts & ResourcePolicyPorts): Service {
  const operations: readonly AnyOperation[] = [
    ...parameterOperations,
    ...resourcePolicyOperations(ports),
    ...sessionOperations(ports),
    ...tagOperations,
  ];
  return {
    signingName: "ssm",
    eventSource: "ssm.amazonaws.com",
    module: contract,
    partial: true,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    resource: parameterFacts,
  };
}

/** The resource policies and the tags of the parameter with an ARN. */
async function parameterFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  if (parseArn(arn) === undefined) return { policies: [] };
  for (const key of namesOf(arn)) {
    const found = await findParameter(rows, key, 0);
    if (found === undefined) continue;
    const policies = await resourcePoliciesOf(rows, found);
    return {
      policies: policies.map(({ id, document }) => ({ name: `resource policy ${id}`, document })),
      tags: found.tags,
    };
  }
  return { policies: [] };
}
