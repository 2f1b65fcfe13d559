import type * as cloudformation from "@aws-sdk/client-cloudformation";
import type { Rows, Tx } from "../../../store/types.ts";
import type { Scope } from "../arn.ts";
import { changedProperties } from "../execution/plan.ts";
import { wantedResources } from "../execution/target.ts";
import { changeSetNotFound } from "../faults.ts";
import { resourceTypes } from "../resource-types/all.ts";
import { findStack, type Stack, type StackResource, type StackSource } from "../stacks/stack.ts";
import { resolveProperties } from "../template/resolve.ts";
import { NotYetKnown } from "../template/scope.ts";
import { stackScope } from "../template/stack-scope.ts";
import type { Template } from "../template/template.ts";
import type { ChangeSetTables } from "./change-set-store.ts";

/** A change of a stack that is proposed. */
export interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly description?: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly status: cloudformation.ChangeSetStatus;
  readonly reason?: string;
  readonly executionStatus: cloudformation.ExecutionStatus;
  readonly source: StackSource;
  readonly capabilities: readonly cloudformation.Capability[];
  readonly roleArn?: string;
  readonly onFailure: cloudformation.OnFailure;
  readonly changes: readonly cloudformation.Change[];
  readonly type: cloudformation.ChangeSetType;
}

export async function keepChangeSet(tx: Tx, changeSet: ChangeSet): Promise<void> {
  const { id, stackId: stack_id, name } = changeSet;
  const document = JSON.stringify(changeSet);
  await tx
    .tables<ChangeSetTables>()
    .insertInto("cloudformation_change_set")
    .values({ id, stack_id, name, document })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ document }))
    .execute();
}

/** By its ARN, or by its name and the stack's. */
export async function findChangeSet(
  rows: Rows,
  scope: Scope,
  nameOrArn: string,
  stackName: string | undefined,
): Promise<{ readonly changeSet: ChangeSet; readonly stack: Stack } | undefined> {
  const byArn = nameOrArn.startsWith("arn:");
  const stack = stackName === undefined ? undefined : await findStack(rows, scope, stackName);
  if (!byArn && stack === undefined) return undefined;
  const row = await rows
    .tables<ChangeSetTables>()
    .selectFrom("cloudformation_change_set")
    .select("document")
    .$if(byArn, (select) => select.where("id", "=", nameOrArn))
    .$if(!byArn, (select) => select.where("name", "=", nameOrArn).where("stack_id", "=", stack?.id ?? ""))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const changeSet = JSON.parse(row.document) as ChangeSet;
  const owner = stack ?? (await findStack(rows, scope, changeSet.stackId));
  return owner === undefined || owner.id !== changeSet.stackId ? undefined : { changeSet, stack: owner };
}

/** Faults: `ChangeSetNotFound`. */
export async function neededChangeSet(rows: Rows, scope: Scope, name: string, stackName: string | undefined) {
  const found = await findChangeSet(rows, scope, name, stackName);
  if (found === undefined) throw changeSetNotFound(name);
  return found;
}

export async function changeSetsOf(rows: Rows, stackId: string): Promise<readonly ChangeSet[]> {
  const found = await rows
    .tables<ChangeSetTables>()
    .selectFrom("cloudformation_change_set")
    .select("document")
    .where("stack_id", "=", stackId)
    .orderBy("name")
    .execute();
  return found.map(({ document }) => JSON.parse(document) as ChangeSet);
}

export async function dropChangeSets(tx: Tx, stackId: string, id?: string): Promise<void> {
  await tx
    .tables<ChangeSetTables>()
    .deleteFrom("cloudformation_change_set")
    .where("stack_id", "=", stackId)
    .$if(id !== undefined, (select) => select.where("id", "=", id ?? ""))
    .execute();
}

/** What a template would change of a stack. Pure. */
export function changesOf(
  stack: Stack,
  resources: readonly StackResource[],
  template: Template,
  source: StackSource,
  exports: ReadonlyMap<string, string>,
): cloudformation.Change[] {
  const current = new Map(
    resources.filter(({ slot }) => slot === 0).map((resource) => [resource.logicalId, resource]),
  );
  const scope = stackScope({
    ...{ account: stack.account, region: stack.region, stack, template, resources: current, exports },
    parameters: source.parameters,
  });
  const wanted = wantedResources(template, scope.condition);
  const changes: cloudformation.ResourceChange[] = [];
  for (const id of wanted) {
    const definition = template.resources[id];
    if (definition === undefined) continue;
    const resource = current.get(id);
    if (resource?.physicalId === undefined || resource.type !== definition.Type) {
      changes.push({
        Action: "Add",
        LogicalResourceId: id,
        ResourceType: definition.Type,
        Scope: [],
        Details: [],
      });
      continue;
    }
    const changed = namesChanged(resource, definition.Properties ?? {}, scope);
    if (changed === "unknown") {
      changes.push(modification(resource, [], "Conditional"));
    } else if (changed.length > 0) {
      const type = resourceTypes.get(resource.type);
      const replaces =
        type?.update === undefined ||
        type.replacedBy === "all" ||
        changed.some((name) => type.replacedBy.includes(name));
      changes.push(modification(resource, changed, replaces ? "True" : "False"));
    }
  }
  for (const resource of current.values()) {
    if (wanted.has(resource.logicalId)) continue;
    const { logicalId, physicalId, type } = resource;
    changes.push({
      ...{
        Action: "Remove",
        LogicalResourceId: logicalId,
        PhysicalResourceId: physicalId,
        ResourceType: type,
      },
      ...{ Scope: [], Details: [] },
    });
  }
  return changes.map((ResourceChange) => ({ Type: "Resource", ResourceChange }));
}

function modification(
  { logicalId, physicalId, type }: StackResource,
  names: readonly string[],
  Replacement: cloudformation.Replacement,
): cloudformation.ResourceChange {
  return {
    Action: "Modify",
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    Replacement,
    Scope: ["Properties"],
    Details: names.map((Name) => ({
      Target: {
        Attribute: "Properties",
        Name,
        RequiresRecreation: Replacement === "True" ? "Always" : "Never",
      },
      Evaluation: "Static",
      ChangeSource: "DirectModification",
    })),
  };
}

function namesChanged(
  resource: StackResource,
  properties: Template["resources"][string]["Properties"] & object,
  scope: Parameters<typeof resolveProperties>[1],
): readonly string[] | "unknown" {
  try {
    return changedProperties(resource.properties, resolveProperties(properties, scope));
  } catch (error) {
    // It names something that is still to be made.
    if (error instanceof NotYetKnown) return "unknown";
    throw error;
  }
}
