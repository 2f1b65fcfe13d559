import type { Rows, Tx } from "../../../store/types.ts";
import type { Scope } from "../arn.ts";
import { exportsOf } from "../execution/target.ts";
import { validationError } from "../faults.ts";
import { resolve } from "../template/resolve.ts";
import { stackScope } from "../template/stack-scope.ts";
import { isMap, type Template, type TemplateValue } from "../template/template.ts";
import type { Stack } from "./stack.ts";
import type { StackTables } from "./stack-store.ts";

/** The names of the exports that a template imports. Faults: `ValidationError` where a name cannot be told yet. */
function importedNames(stack: Stack, template: Template): ReadonlySet<string> {
  const scope = stackScope({
    ...{
      account: stack.account,
      region: stack.region,
      stack,
      template,
      resources: new Map(),
      exports: new Map(),
    },
    parameters: stack.wanted?.parameters ?? {},
  });
  const found = new Set<string>();
  const walk = (value: TemplateValue): void => {
    if (Array.isArray(value)) for (const item of value) walk(item);
    else if (isMap(value)) {
      for (const [key, item] of Object.entries(value)) {
        if (key === "Fn::ImportValue") found.add(String(resolve(item, scope)));
        else walk(item);
      }
    }
  };
  walk(template.resources as unknown as TemplateValue);
  walk(template.outputs as unknown as TemplateValue);
  return found;
}

/** Throws `ValidationError` when the template imports what nobody exports. */
export async function checkImports(rows: Rows, stack: Stack, template: Template): Promise<void> {
  const names = importedNames(stack, template);
  if (names.size === 0) return;
  const exports = await exportsOf(rows, stack);
  for (const name of names) if (!exports.has(name)) throw validationError(`No export named ${name} found.`);
}

export async function noteImports(tx: Tx, stack: Stack, template: Template): Promise<void> {
  const { account, region, id } = stack;
  const tables = tx.tables<StackTables>();
  await tables.deleteFrom("cloudformation_import").where("stack_id", "=", id).execute();
  const rows = [...importedNames(stack, template)].map((name) => ({ account, region, name, stack_id: id }));
  if (rows.length > 0) await tables.insertInto("cloudformation_import").values(rows).execute();
}

/** The names of the stacks that import an export. */
export async function importersOf(
  rows: Rows,
  { account, region }: Scope,
  name: string,
): Promise<readonly string[]> {
  const found = await rows
    .tables<StackTables>()
    .selectFrom("cloudformation_import")
    .innerJoin("cloudformation_stack", "cloudformation_stack.id", "cloudformation_import.stack_id")
    .select("cloudformation_stack.name as stack")
    .where("cloudformation_import.account", "=", account)
    .where("cloudformation_import.region", "=", region)
    .where("cloudformation_import.name", "=", name)
    .orderBy("cloudformation_stack.name")
    .execute();
  return found.map(({ stack }) => stack);
}
