import { validationError } from "../faults.ts";
import {
  isMap,
  splitAttribute,
  type Template,
  type TemplateResource,
  type TemplateValue,
} from "./template.ts";

/** The resources that a value asks for by `Ref`, `Fn::GetAtt` or `Fn::Sub`. Names that are no resource are given too. */
function namesIn(value: TemplateValue | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  collect(value ?? null, found);
  return found;
}

function collect(value: TemplateValue, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
    return;
  }
  if (!isMap(value)) return;
  for (const [key, item] of Object.entries(value)) {
    if (key === "Ref" && typeof item === "string") found.add(item);
    else if (key === "Fn::GetAtt")
      found.add(
        typeof item === "string" ? splitAttribute(item)[0] : String((item as readonly TemplateValue[])[0]),
      );
    else if (key === "Fn::Sub") collectSubstitutions(item, found);
    else collect(item, found);
  }
}

function collectSubstitutions(argument: TemplateValue, found: Set<string>): void {
  const [text, variables] = Array.isArray(argument) ? (argument as readonly TemplateValue[]) : [argument, {}];
  const own = isMap(variables) ? variables : {};
  if (typeof text === "string") {
    for (const [, literal, name = ""] of text.matchAll(/\$\{(!?)\s*([^}\s]*)\s*\}/g)) {
      if (literal === "" && !Object.hasOwn(own, name)) found.add(splitAttribute(name)[0]);
    }
  }
  collect(own, found);
}

/** The resources that must be there before one is made: those it names, and those of `DependsOn`. */
export function dependenciesOf(template: Template, resource: TemplateResource): ReadonlySet<string> {
  const explicit = typeof resource.DependsOn === "string" ? [resource.DependsOn] : (resource.DependsOn ?? []);
  const names = new Set([...explicit, ...namesIn(resource.Properties)]);
  return new Set([...names].filter((name) => Object.hasOwn(template.resources, name)));
}

/** Faults: `ValidationError` for names of nothing, and for circles, in AWS's words. */
export function checkReferences(template: Template): void {
  const known = (name: string): boolean =>
    name.startsWith("AWS::") ||
    Object.hasOwn(template.parameters, name) ||
    Object.hasOwn(template.resources, name);
  const missing = new Set<string>();
  for (const resource of Object.values(template.resources)) {
    const explicit =
      typeof resource.DependsOn === "string" ? [resource.DependsOn] : (resource.DependsOn ?? []);
    for (const name of [...explicit, ...namesIn(resource.Properties)]) if (!known(name)) missing.add(name);
  }
  if (missing.size > 0) {
    throw validationError(
      `Template format error: Unresolved resource dependencies [${[...missing].join(", ")}] in the Resources block of the template`,
    );
  }
  for (const [id, output] of Object.entries(template.outputs)) {
    const lost = [...namesIn(output.Value)].filter((name) => !known(name));
    if (lost.length > 0) {
      throw validationError(
        `Template format error: Unresolved resource dependencies [${lost.join(", ")}] in the Outputs block of the template (${id})`,
      );
    }
  }
  const circle = circular(template);
  if (circle.length > 0) {
    throw validationError(`Circular dependency between resources: [${circle.join(", ")}]`);
  }
}

/** What cannot be put in an order: each of these waits for another of them. */
function circular(template: Template): readonly string[] {
  const waiting = new Map(
    Object.entries(template.resources).map(([id, resource]) => [
      id,
      new Set(dependenciesOf(template, resource)),
    ]),
  );
  for (let moved = true; moved; ) {
    moved = false;
    for (const [id, needs] of waiting) {
      if ([...needs].some((need) => waiting.has(need))) continue;
      waiting.delete(id);
      moved = true;
    }
  }
  return [...waiting.keys()];
}
