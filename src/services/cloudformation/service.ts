import * as cloudformation from "@aws-sdk/client-cloudformation";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { ResourceFacts, Service } from "../../dispatch/service.ts";
import { parseArn } from "../../kernel/arn.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import {
  createChangeSet,
  deleteChangeSet,
  describeChangeSet,
  executeChangeSet,
  listChangeSets,
} from "./change-sets/operations.ts";
import { refused } from "./refused.ts";
import {
  cancelUpdateStack,
  createStack,
  deleteStack,
  updateStack,
  updateTerminationProtection,
} from "./stacks/change-stack.ts";
import {
  describeStackEvents,
  describeStackResource,
  describeStackResources,
  describeStacks,
  getTemplate,
  listExports,
  listImports,
  listStackResources,
  listStacks,
} from "./stacks/describe-stacks.ts";
import { findStack } from "./stacks/stack.ts";
import { getTemplateSummary, validateTemplate } from "./stacks/templates.ts";

/** AWS CloudFormation: stacks of what the other services keep, made and changed as their caller or as a role. */
export function createCloudFormationService(): Service {
  const operations: readonly AnyOperation[] = [
    cancelUpdateStack,
    createChangeSet,
    createStack,
    deleteChangeSet,
    deleteStack,
    describeChangeSet,
    describeStackEvents,
    describeStackResource,
    describeStackResources,
    describeStacks,
    executeChangeSet,
    getTemplate,
    getTemplateSummary,
    listChangeSets,
    listExports,
    listImports,
    listStackResources,
    listStacks,
    updateStack,
    updateTerminationProtection,
    validateTemplate,
  ];
  return {
    signingName: "cloudformation",
    eventSource: "cloudformation.amazonaws.com",
    module: cloudformation,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    refused,
    resource: stackFacts,
  };
}

/** The tags of the stack with an ARN. */
async function stackFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const parsed = parseArn(arn);
  if (parsed === undefined) return { policies: [] };
  const stack = await findStack(
    rows,
    { account: parsed.account as AccountId, region: parsed.region as Region },
    arn,
  );
  return { policies: [], tags: (stack?.current ?? stack?.wanted)?.tags ?? [] };
}
