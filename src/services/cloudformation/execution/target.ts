import type { Rows } from "../../../store/types.ts";
import { resourcesOf, type Stack, type StackSource } from "../stacks/stack.ts";
import type { StackTables } from "../stacks/stack-store.ts";
import { resolve } from "../template/resolve.ts";
import { stackScope } from "../template/stack-scope.ts";
import { readTemplate, type Template } from "../template/template.ts";
import type { StackView } from "./plan.ts";

/** What a phase of a stack makes its resources like; `undefined` where it takes all of them away. */
export function sourceOf(stack: Stack): StackSource | undefined {
  switch (stack.status) {
    case "CREATE_IN_PROGRESS":
    case "UPDATE_IN_PROGRESS":
    case "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
      return stack.wanted;
    case "UPDATE_ROLLBACK_IN_PROGRESS":
    case "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS":
      return stack.current;
    default:
      return undefined;
  }
}

/** The exports that templates of the account in the region may import. */
export async function exportsOf(
  rows: Rows,
  { account, region }: Pick<Stack, "account" | "region">,
): Promise<ReadonlyMap<string, string>> {
  const found = await rows
    .tables<StackTables>()
    .selectFrom("cloudformation_export")
    .select(["name", "value"])
    .where("account", "=", account)
    .where("region", "=", region)
    .execute();
  return new Map(found.map(({ name, value }) => [name, value]));
}

/** The logical ids of a template whose condition holds. */
export function wantedResources(
  template: Template,
  condition: (name: string) => boolean,
): ReadonlySet<string> {
  return new Set(
    Object.entries(template.resources)
      .filter(([, { Condition }]) => Condition === undefined || condition(Condition))
      .map(([id]) => id),
  );
}

/** Everything that says what is next for a stack. */
export async function viewStack(rows: Rows, stack: Stack): Promise<Omit<StackView, "typeOf">> {
  const resources = await resourcesOf(rows, stack.id);
  const source = sourceOf(stack);
  if (source === undefined) return { stack, resources };
  const template = readTemplate(source.body);
  const scope = stackScope({
    ...{ account: stack.account, region: stack.region, stack, template, parameters: source.parameters },
    resources: new Map(
      resources.filter(({ slot }) => slot === 0).map((resource) => [resource.logicalId, resource]),
    ),
    exports: await exportsOf(rows, stack),
  });
  return {
    stack,
    resources,
    target: { template, wanted: wantedResources(template, scope.condition), scope },
  };
}

/** The outputs of a stack whose resources are all there. Faults: `ValidationError` of the template. */
export function outputsOf(view: Omit<StackView, "typeOf">): Stack["outputs"] {
  if (view.target === undefined) return [];
  const { template, scope } = view.target;
  return Object.entries(template.outputs)
    .filter(([, { Condition }]) => Condition === undefined || scope.condition(Condition))
    .map(([key, { Value, Description, Export }]) => ({
      key,
      value: textOf(resolve(Value, scope)),
      ...(Description !== undefined && { description: Description }),
      ...(Export !== undefined && { exportName: textOf(resolve(Export.Name, scope)) }),
    }));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : Array.isArray(value) ? value.join(",") : JSON.stringify(value);
}
