import type * as cloudformation from "@aws-sdk/client-cloudformation";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage, pageAfter } from "../../../kernel/page.ts";
import type { Rows } from "../../../store/types.ts";
import { type Scope, stackResource } from "../arn.ts";
import { badToken, validationError } from "../faults.ts";
import { shownParameters } from "../template/parameters.ts";
import { readTemplate } from "../template/template.ts";
import { importersOf } from "./imports.ts";
import { neededStack, resourcesOf, type Stack, type StackEvent, type StackResource } from "./stack.ts";
import type { StackTables } from "./stack-store.ts";

const pageSize = 100;

/** A stack as DescribeStacks answers it. */
function shownStack(stack: Stack): cloudformation.Stack {
  const source = stack.wanted ?? stack.current;
  return {
    StackId: stack.id,
    StackName: stack.name,
    ...(stack.changeSetId !== undefined && { ChangeSetId: stack.changeSetId }),
    ...(stack.description !== undefined && { Description: stack.description }),
    Parameters: source === undefined ? [] : shownParameters(readTemplate(source.body), source.parameters),
    CreationTime: new Date(stack.createdAt),
    ...(stack.updatedAt !== undefined && { LastUpdatedTime: new Date(stack.updatedAt) }),
    ...(stack.deletedAt !== undefined && { DeletionTime: new Date(stack.deletedAt) }),
    RollbackConfiguration: {},
    StackStatus: stack.status,
    ...(stack.reason !== undefined && { StackStatusReason: stack.reason }),
    DisableRollback: stack.onFailure === "DO_NOTHING",
    NotificationARNs: [...stack.notificationArns],
    ...(stack.timeoutInMinutes !== undefined && { TimeoutInMinutes: stack.timeoutInMinutes }),
    Capabilities: [...stack.capabilities],
    Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
      OutputKey: key,
      OutputValue: value,
      ...(description !== undefined && { Description: description }),
      ...(exportName !== undefined && { ExportName: exportName }),
    })),
    ...(stack.roleArn !== undefined && { RoleARN: stack.roleArn }),
    Tags: (source?.tags ?? []).map(({ key, value }) => ({ Key: key, Value: value })),
    EnableTerminationProtection: stack.terminationProtection,
    DriftInformation: { StackDriftStatus: "NOT_CHECKED" },
  };
}

async function stacksPage(
  rows: Rows,
  { account, region }: Scope,
  token: string | undefined,
  deleted: boolean,
) {
  const { after } = pageAfter(token, pageSize, badToken);
  const found = await rows
    .tables<StackTables>()
    .selectFrom("cloudformation_stack")
    .select(["id", "document"])
    .where("account", "=", account)
    .where("region", "=", region)
    .$if(!deleted, (select) => select.where("live", "=", 1))
    .where("id", ">", after)
    .orderBy("id")
    .limit(pageSize + 1)
    .execute();
  const page = cutPage(found, pageSize, ({ id }) => [id]);
  return { stacks: page.rows.map(({ document }) => JSON.parse(document) as Stack), next: page.next };
}

export const describeStacks: ReadOperation<typeof cloudformation, "DescribeStacks"> = {
  name: "DescribeStacks",
  authorise: ({ StackName }, ctx) => [
    { action: "cloudformation:DescribeStacks", resource: stackResource(ctx, StackName) },
  ],
  async read(ctx, { StackName, NextToken }) {
    if (StackName !== undefined) return { Stacks: [shownStack(await neededStack(ctx.rows, ctx, StackName))] };
    const { stacks, next } = await stacksPage(ctx.rows, ctx, NextToken, false);
    return { Stacks: stacks.map(shownStack), ...(next !== undefined && { NextToken: next }) };
  },
};

export const listStacks: ReadOperation<typeof cloudformation, "ListStacks"> = {
  name: "ListStacks",
  authorise: () => [{ action: "cloudformation:ListStacks", resource: "*" }],
  async read(ctx, { StackStatusFilter: wanted, NextToken }) {
    const { stacks, next } = await stacksPage(ctx.rows, ctx, NextToken, true);
    return {
      StackSummaries: stacks
        .filter(({ status }) => wanted === undefined || wanted.length === 0 || wanted.includes(status))
        .map((stack) => {
          const shown = shownStack(stack);
          return {
            StackId: shown.StackId,
            StackName: shown.StackName,
            TemplateDescription: shown.Description,
            CreationTime: shown.CreationTime,
            LastUpdatedTime: shown.LastUpdatedTime,
            DeletionTime: shown.DeletionTime,
            StackStatus: shown.StackStatus,
            StackStatusReason: shown.StackStatusReason,
            DriftInformation: { StackDriftStatus: "NOT_CHECKED" as const },
          };
        }),
      ...(next !== undefined && { NextToken: next }),
    };
  },
};

export const describeStackEvents: ReadOperation<typeof cloudformation, "DescribeStackEvents"> = {
  name: "DescribeStackEvents",
  authorise: ({ StackName }, ctx) => [
    { action: "cloudformation:DescribeStackEvents", resource: stackResource(ctx, StackName) },
  ],
  async read(ctx, { StackName, NextToken }) {
    const stack = await neededStack(ctx.rows, ctx, StackName ?? "");
    const { after } = pageAfter(NextToken, pageSize, badToken);
    // Newest first: a page goes on below the number that the one before it ended with.
    const below = after === "" ? Number.MAX_SAFE_INTEGER : Number(after);
    const found = await ctx.rows
      .tables<StackTables>()
      .selectFrom("cloudformation_event")
      .select(["number", "document"])
      .where("stack_id", "=", stack.id)
      .where("number", "<", below)
      .orderBy("number", "desc")
      .limit(pageSize + 1)
      .execute();
    const page = cutPage(found, pageSize, ({ number }) => [String(number)]);
    return {
      StackEvents: page.rows.map(({ document }) => shownEvent(stack, JSON.parse(document) as StackEvent)),
      ...(page.next !== undefined && { NextToken: page.next }),
    };
  },
};

function shownEvent(stack: Stack, event: StackEvent): cloudformation.StackEvent {
  return {
    StackId: stack.id,
    EventId: event.id,
    StackName: stack.name,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: new Date(event.at),
    ResourceStatus: event.status as cloudformation.ResourceStatus,
    ...(event.reason !== undefined && { ResourceStatusReason: event.reason }),
    ...(event.properties !== undefined && { ResourceProperties: event.properties }),
    ...(event.requestToken !== undefined && { ClientRequestToken: event.requestToken }),
  };
}

function shownResource(resource: StackResource) {
  return {
    LogicalResourceId: resource.logicalId,
    PhysicalResourceId: resource.physicalId ?? "",
    ResourceType: resource.type,
    ResourceStatus: resource.status,
    ...(resource.reason !== undefined && { ResourceStatusReason: resource.reason }),
    DriftInformation: { StackResourceDriftStatus: "NOT_CHECKED" as const },
  };
}

export const listStackResources: ReadOperation<typeof cloudformation, "ListStackResources"> = {
  name: "ListStackResources",
  authorise: ({ StackName }, ctx) => [
    { action: "cloudformation:ListStackResources", resource: stackResource(ctx, StackName) },
  ],
  async read(ctx, { StackName }) {
    const stack = await neededStack(ctx.rows, ctx, StackName ?? "");
    const resources = await currentResources(ctx.rows, stack);
    return {
      StackResourceSummaries: resources.map((resource) => ({
        ...shownResource(resource),
        LastUpdatedTimestamp: new Date(resource.updatedAt),
      })),
    };
  },
};

async function currentResources(rows: Rows, stack: Stack): Promise<readonly StackResource[]> {
  return (await resourcesOf(rows, stack.id)).filter(({ slot }) => slot === 0);
}

export const describeStackResources: ReadOperation<typeof cloudformation, "DescribeStackResources"> = {
  name: "DescribeStackResources",
  authorise: ({ StackName }, ctx) => [
    { action: "cloudformation:DescribeStackResources", resource: stackResource(ctx, StackName) },
  ],
  async read(ctx, { StackName, LogicalResourceId: logical }) {
    if (StackName === undefined) {
      throw validationError(
        "Roadstead finds the resources of a stack by the stack: StackName must be given.",
      );
    }
    const stack = await neededStack(ctx.rows, ctx, StackName);
    const resources = await currentResources(ctx.rows, stack);
    return {
      StackResources: resources
        .filter(({ logicalId }) => logical === undefined || logical === logicalId)
        .map((resource) => ({
          ...shownResource(resource),
          StackId: stack.id,
          StackName: stack.name,
          Timestamp: new Date(resource.updatedAt),
        })),
    };
  },
};

export const describeStackResource: ReadOperation<typeof cloudformation, "DescribeStackResource"> = {
  name: "DescribeStackResource",
  authorise: ({ StackName }, ctx) => [
    { action: "cloudformation:DescribeStackResource", resource: stackResource(ctx, StackName) },
  ],
  async read(ctx, { StackName, LogicalResourceId }) {
    const stack = await neededStack(ctx.rows, ctx, StackName ?? "");
    const resources = await currentResources(ctx.rows, stack);
    const found = resources.find(({ logicalId }) => logicalId === LogicalResourceId);
    if (found === undefined) {
      throw validationError(`Resource ${LogicalResourceId ?? ""} does not exist for stack ${stack.name}`);
    }
    return {
      StackResourceDetail: {
        ...shownResource(found),
        StackId: stack.id,
        StackName: stack.name,
        LastUpdatedTimestamp: new Date(found.updatedAt),
      },
    };
  },
};

export const listExports: ReadOperation<typeof cloudformation, "ListExports"> = {
  name: "ListExports",
  authorise: () => [{ action: "cloudformation:ListExports", resource: "*" }],
  async read(ctx, { NextToken }) {
    const { after } = pageAfter(NextToken, pageSize, badToken);
    const found = await ctx.rows
      .tables<StackTables>()
      .selectFrom("cloudformation_export")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("name", ">", after)
      .orderBy("name")
      .limit(pageSize + 1)
      .execute();
    const page = cutPage(found, pageSize, ({ name }) => [name]);
    return {
      Exports: page.rows.map(({ name, value, stack_id }) => ({
        ExportingStackId: stack_id,
        Name: name,
        Value: value,
      })),
      ...(page.next !== undefined && { NextToken: page.next }),
    };
  },
};

export const listImports: ReadOperation<typeof cloudformation, "ListImports"> = {
  name: "ListImports",
  authorise: () => [{ action: "cloudformation:ListImports", resource: "*" }],
  async read(ctx, { ExportName = "" }) {
    const users = await importersOf(ctx.rows, ctx, ExportName);
    if (users.length === 0) throw validationError(`Export '${ExportName}' is not imported by any stack.`);
    return { Imports: [...users] };
  },
};

export const getTemplate: ReadOperation<typeof cloudformation, "GetTemplate"> = {
  name: "GetTemplate",
  authorise: ({ StackName }, ctx) => [
    { action: "cloudformation:GetTemplate", resource: stackResource(ctx, StackName) },
  ],
  async read(ctx, { StackName }) {
    const stack = await neededStack(ctx.rows, ctx, StackName ?? "");
    const source = stack.current ?? stack.wanted;
    // AWS: a stack of which only change sets are there has an empty template.
    return { TemplateBody: source?.body ?? "{}", StagesAvailable: ["Original", "Processed"] };
  },
};
