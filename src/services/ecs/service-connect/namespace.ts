import { setTimeout as delay } from "node:timers/promises";
import {
  CreateHttpNamespaceCommand,
  GetNamespaceCommand,
  GetOperationCommand,
  ListNamespacesCommand,
  type Namespace,
} from "@aws-sdk/client-servicediscovery";
import type { Client, PrepareContext } from "../../../dispatch/context.ts";
import { isFault } from "../../../kernel/fault.ts";
import { invalidParameter, noServiceLinkedRole } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";

/** AWS: what ECS makes in Cloud Map carries this tag, without which its role may not delete it. */
export const managedTags = [{ Key: "AmazonECSManaged", Value: "true" }];

/** A namespace as Service Connect names it. */
export interface ConnectNamespace {
  readonly arn: string;
  readonly id: string;
  /** As DiscoverInstances names it. */
  readonly name: string;
}

/** How often Cloud Map is asked whether a namespace is there, in ms, and how many times. */
const asking = { every: 50, times: 100 };

/** The role in which ECS asks Cloud Map. */
export function cloudMapClient(ctx: PrepareContext): Client {
  return ctx.as({ servicePrincipal: ecsPrincipal, sessionName: "ecs-service-connect" });
}

/**
 * The namespace that a caller names by name or ARN; an HTTP namespace is made, by the service-linked role, where there
 * is none of the name (Developer Guide, "Service Connect"). For `prepare`. The sentences are ours.
 * Throws `NamespaceNotFoundException` and `InvalidParameterException`.
 */
export async function needConnectNamespace(ctx: PrepareContext, named: string): Promise<ConnectNamespace> {
  const role = cloudMapClient(ctx);
  try {
    const found = named.startsWith("arn:") ? await byArn(role, named) : await byName(role, named);
    return found ?? (await create(role, named));
  } catch (error) {
    if (!isFault(error) || error.code === "InternalFailure") throw error;
    if (error.code === "NoSuchEntity" || error.message.includes("sts:AssumeRole"))
      throw noServiceLinkedRole();
    if (error.code === "NamespaceNotFound") throw invalidParameter(`The namespace ${named} was not found.`);
    throw invalidParameter(`The namespace ${named} cannot be used: ${error.message}`);
  }
}

async function byArn(role: Client, arn: string): Promise<ConnectNamespace> {
  const { Namespace } = await role.send(new GetNamespaceCommand({ Id: arn }));
  return asConnect(Namespace ?? {});
}

async function byName(role: Client, name: string): Promise<ConnectNamespace | undefined> {
  const { Namespaces = [] } = await role.send(
    new ListNamespacesCommand({ Filters: [{ Name: "HTTP_NAME", Values: [name], Condition: "EQ" }] }),
  );
  return Namespaces[0] && asConnect(Namespaces[0]);
}

async function create(role: Client, name: string): Promise<ConnectNamespace> {
  try {
    let { OperationId } = await role.send(new CreateHttpNamespaceCommand({ Name: name, Tags: managedTags }));
    for (let asked = 0; OperationId !== undefined && asked < asking.times; asked++) {
      const { Operation } = await role.send(new GetOperationCommand({ OperationId }));
      if (Operation?.Status === "SUCCESS" || Operation?.Status === "FAIL") OperationId = undefined;
      else await delay(asking.every);
    }
  } catch (error) {
    // Somebody makes it, or has made it meanwhile.
    if (!isFault(error, "NamespaceAlreadyExists", "DuplicateRequest")) throw error;
  }
  const made = await byName(role, name);
  if (made === undefined) throw new Error(`the namespace ${name} has not come`);
  return made;
}

function asConnect({ Arn: arn = "", Id: id = "", Name = "", Properties }: Namespace): ConnectNamespace {
  return { arn, id, name: Properties?.HttpProperties?.HttpName ?? Name };
}
