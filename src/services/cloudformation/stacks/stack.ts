import type * as cloudformation from "@aws-sdk/client-cloudformation";
import type { CallSource } from "../../../dispatch/context.ts";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import type { Principal } from "../../../kernel/principal.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { Scope } from "../arn.ts";
import { stackNotFound } from "../faults.ts";
import type { ParameterValues } from "../template/parameters.ts";
import type { TemplateValue } from "../template/template.ts";
import type { StackTables } from "./stack-store.ts";

/** What a stack is made from. */
export interface StackSource {
  /** The template as it was given. */
  readonly body: string;
  readonly parameters: ParameterValues;
  readonly tags: readonly Tag[];
}

export interface Stack {
  readonly id: Arn;
  readonly name: string;
  readonly account: AccountId;
  readonly region: Region;
  readonly status: cloudformation.StackStatus;
  readonly reason?: string;
  readonly description?: string;
  /** Epoch ms, all three. */
  readonly createdAt: number;
  readonly updatedAt?: number;
  readonly deletedAt?: number;
  /** What the last operation that came to a good end made of it. */
  readonly current?: StackSource;
  /** What the operation under way is to make of it. */
  readonly wanted?: StackSource;
  /** Counts the operations and the rollbacks: a resource has settled when it carries this number. */
  readonly generation: number;
  readonly capabilities: readonly cloudformation.Capability[];
  /** What to do when a resource cannot be made. */
  readonly onFailure: cloudformation.OnFailure;
  readonly terminationProtection: boolean;
  readonly roleArn?: Arn;
  readonly notificationArns: readonly string[];
  readonly timeoutInMinutes?: number;
  readonly changeSetId?: string;
  readonly outputs: readonly StackOutput[];
  /** Logical ids that a deletion shall leave alone. */
  readonly retained: readonly string[];
  /** The user asked to stop what is under way: to remove the stack, or to go back to what it was. */
  readonly cancelled?: "DELETE" | "ROLLBACK";
  /** Whose permissions the operation under way has, unless the stack has a role: forwarded like any call. */
  readonly caller: { readonly principal: Principal; readonly source: CallSource };
  /** `ClientRequestToken` of the operation, which its events show. */
  readonly requestToken?: string;
}

export interface StackOutput {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

export interface StackResource {
  readonly stackId: string;
  readonly logicalId: string;
  readonly slot: number;
  readonly type: string;
  /** Absent until it is there. */
  readonly physicalId?: string;
  readonly status: cloudformation.ResourceStatus;
  readonly reason?: string;
  /** In which it was last settled, or is being worked on. */
  readonly generation: number;
  /** As they were when it was last settled; absent when a change of them failed half-way. */
  readonly properties?: Readonly<Record<string, TemplateValue>>;
  /** What it is being given, while it changes. */
  readonly changing?: Readonly<Record<string, TemplateValue>>;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: Readonly<Record<string, TemplateValue>>;
  /** Logical ids. */
  readonly dependsOn: readonly string[];
  readonly deletionPolicy: string;
  readonly updateReplacePolicy: string;
  /** Epoch ms. */
  readonly updatedAt: number;
}

export interface StackEvent {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly properties?: string;
  readonly requestToken?: string;
}

/** The stack with a name, or with an ARN; one that was deleted is found by its ARN only. */
export async function findStack(rows: Rows, scope: Scope, nameOrArn: string): Promise<Stack | undefined> {
  const tables = rows.tables<StackTables>();
  const id = nameOrArn.startsWith("arn:")
    ? nameOrArn
    : (
        await tables
          .selectFrom("cloudformation_stack_name")
          .select("stack_id")
          .where("account", "=", scope.account)
          .where("region", "=", scope.region)
          .where("name", "=", nameOrArn)
          .executeTakeFirst()
      )?.stack_id;
  if (id === undefined) return undefined;
  const row = await tables
    .selectFrom("cloudformation_stack")
    .select("document")
    .where("id", "=", id)
    .where("account", "=", scope.account)
    .where("region", "=", scope.region)
    .executeTakeFirst();
  return row === undefined ? undefined : (JSON.parse(row.document) as Stack);
}

/** Faults: `ValidationError`. */
export async function neededStack(rows: Rows, scope: Scope, nameOrArn: string): Promise<Stack> {
  const stack = await findStack(rows, scope, nameOrArn);
  if (stack === undefined) throw stackNotFound(nameOrArn);
  return stack;
}

/** Writes a stack. The name belongs to it until it is deleted. */
export async function keepStack(tx: Tx, stack: Stack): Promise<void> {
  const { id, account, region, name } = stack;
  const live = stack.status === "DELETE_COMPLETE" ? 0 : 1;
  const document = JSON.stringify(stack);
  const tables = tx.tables<StackTables>();
  await tables
    .insertInto("cloudformation_stack")
    .values({ id, account, region, name, live, document, created_at: stack.createdAt })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ live, document }))
    .execute();
  if (live === 1) {
    await tables
      .insertInto("cloudformation_stack_name")
      .values({ account, region, name, stack_id: id })
      .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet({ stack_id: id }))
      .execute();
  } else {
    await tables
      .deleteFrom("cloudformation_stack_name")
      .where("stack_id", "=", id)
      .where("account", "=", account)
      .execute();
  }
}

/** All resources of a stack, those that replacements left behind among them. */
export async function resourcesOf(rows: Rows, stackId: string): Promise<readonly StackResource[]> {
  const found = await rows
    .tables<StackTables>()
    .selectFrom("cloudformation_resource")
    .select("document")
    .where("stack_id", "=", stackId)
    .orderBy("logical_id")
    .orderBy("slot")
    .execute();
  return found.map(({ document }) => JSON.parse(document) as StackResource);
}

export async function keepResource(tx: Tx, resource: StackResource): Promise<void> {
  const document = JSON.stringify(resource);
  await tx
    .tables<StackTables>()
    .insertInto("cloudformation_resource")
    .values({ stack_id: resource.stackId, logical_id: resource.logicalId, slot: resource.slot, document })
    .onConflict((conflict) => conflict.columns(["stack_id", "logical_id", "slot"]).doUpdateSet({ document }))
    .execute();
}

export async function dropResource(tx: Tx, { stackId, logicalId, slot }: StackResource): Promise<void> {
  await tx
    .tables<StackTables>()
    .deleteFrom("cloudformation_resource")
    .where("stack_id", "=", stackId)
    .where("logical_id", "=", logicalId)
    .where("slot", "=", slot)
    .execute();
}

/** Adds to the events of a stack, in order. */
export async function addEvents(tx: Tx, stackId: string, events: readonly StackEvent[]): Promise<void> {
  if (events.length === 0) return;
  const tables = tx.tables<StackTables>();
  const { last } = await tables
    .selectFrom("cloudformation_event")
    .select((select) => select.fn.max("number").as("last"))
    .where("stack_id", "=", stackId)
    .executeTakeFirstOrThrow();
  const rows = events.map((event, index) => ({
    stack_id: stackId,
    number: Number(last ?? 0) + 1 + index,
    document: JSON.stringify(event),
  }));
  await tables.insertInto("cloudformation_event").values(rows).execute();
}

/** The event of the stack itself. */
export function stackEvent(stack: Stack, id: string, at: number): StackEvent {
  return {
    id,
    at,
    logicalId: stack.name,
    physicalId: stack.id,
    type: "AWS::CloudFormation::Stack",
    status: stack.status,
    ...(stack.reason !== undefined && { reason: stack.reason }),
    ...(stack.requestToken !== undefined && { requestToken: stack.requestToken }),
  };
}
