import {
  type CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { Trouble } from "../trouble.ts";

/** How often a stack is looked at, in ms. */
const every = 500;

/** The stack of that name or id; `undefined` when there is none. */
async function findStack(client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks?.[0];
  } catch (error) {
    if (isValidation(error, /does not exist/)) return undefined;
    throw error;
  }
}

/**
 * Makes a stack, or makes it what the template says, and waits for it. One that cannot be made is taken away again.
 * @param tell is called with each resource that is done.
 */
export async function putStack(
  client: CloudFormationClient,
  name: string,
  template: object,
  tell: (resource: string, status: string) => void,
): Promise<Stack> {
  const before = await findStack(client, name);
  const input = {
    ...{ StackName: name, TemplateBody: JSON.stringify(template) },
    Capabilities: ["CAPABILITY_IAM" as const],
  };
  if (before !== undefined) {
    try {
      await client.send(new UpdateStackCommand(input));
    } catch (error) {
      if (isValidation(error, /No updates are to be performed/)) return before;
      throw error;
    }
    return settled(client, before.StackId ?? name, before.LastUpdatedTime ?? before.CreationTime, tell);
  }
  const { StackId = name } = await client.send(new CreateStackCommand({ ...input, OnFailure: "DELETE" }));
  return settled(client, StackId, undefined, tell);
}

/** Deletes a stack and waits until it is gone. @returns whether there was one. */
export async function deleteStack(client: CloudFormationClient, name: string): Promise<boolean> {
  const stack = await findStack(client, name);
  if (stack === undefined) return false;
  await client.send(new DeleteStackCommand({ StackName: name }));
  await settled(client, stack.StackId ?? name, stack.LastUpdatedTime ?? stack.CreationTime, () => undefined);
  return true;
}

/** @param since events up to then are of earlier operations. */
async function settled(
  client: CloudFormationClient,
  id: string,
  since: Date | undefined,
  tell: (resource: string, status: string) => void,
): Promise<Stack> {
  const told = new Set<string>();
  let failure: string | undefined;
  for (;;) {
    const stack = await findStack(client, id);
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: id }));
    for (const event of StackEvents.toReversed()) {
      const {
        EventId = "",
        LogicalResourceId = "",
        ResourceStatus = "",
        ResourceStatusReason,
        Timestamp,
      } = event;
      if (told.has(EventId) || (since !== undefined && (Timestamp ?? since) <= since)) continue;
      told.add(EventId);
      if (ResourceStatus.endsWith("_FAILED")) failure ??= `${LogicalResourceId}: ${ResourceStatusReason}`;
      else if (ResourceStatus.endsWith("_COMPLETE")) tell(LogicalResourceId, ResourceStatus);
    }
    const status = stack?.StackStatus ?? "DELETE_COMPLETE";
    if (stack === undefined || !/_IN_PROGRESS$/.test(status)) {
      if (failure === undefined && stack !== undefined) return stack;
      throw new Trouble(
        `The stack came to ${status}.`,
        failure ?? stack?.StackStatusReason ?? "It is gone.",
        `aws cloudformation describe-stack-events --stack-name ${id}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

function isValidation(error: unknown, message: RegExp): boolean {
  return error instanceof Error && error.name === "ValidationError" && message.test(error.message);
}
