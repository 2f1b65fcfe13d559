import type { Scope } from "../arn.ts";
import type { Stack, StackResource } from "../stacks/stack.ts";
import { type ParameterValues, parameterValue } from "./parameters.ts";
import { resolve } from "./resolve.ts";
import type { TemplateScope } from "./scope.ts";
import { isMap, type Template, type TemplateValue } from "./template.ts";

/** What the functions of a stack's template see. */
export interface StackFacts extends Scope {
  readonly stack: Pick<Stack, "id" | "name" | "notificationArns">;
  readonly template: Template;
  readonly parameters: ParameterValues;
  /** The resources as they are: those that do not count yet are left out. */
  readonly resources: ReadonlyMap<string, Pick<StackResource, "physicalId" | "attributes">>;
  readonly exports: ReadonlyMap<string, string>;
}

/** CloudFormation User Guide, "Pseudo parameters". */
function pseudo({ stack, account, region }: StackFacts, name: string): TemplateValue | undefined {
  switch (name) {
    case "AWS::AccountId":
      return account;
    case "AWS::Region":
      return region;
    case "AWS::Partition":
      return "aws";
    case "AWS::URLSuffix":
      return "amazonaws.com";
    case "AWS::StackName":
      return stack.name;
    case "AWS::StackId":
      return stack.id;
    case "AWS::NotificationARNs":
      return stack.notificationArns;
    default:
      return undefined;
  }
}

/** AWS: the zones in which every account has a default subnet; here each region has these. */
const zoneLetters = ["a", "b", "c"];

export function stackScope(facts: StackFacts): TemplateScope {
  const { template, parameters, resources, exports } = facts;
  const scope: TemplateScope = {
    parameter(name) {
      const declared = Object.hasOwn(template.parameters, name) ? template.parameters[name] : undefined;
      const value = declared === undefined ? undefined : parameters[name];
      if (declared !== undefined && value !== undefined) return parameterValue(declared, value);
      return pseudo(facts, name);
    },
    reference: (id) => resources.get(id)?.physicalId,
    attribute: (id, name) => {
      const attributes = resources.get(id)?.attributes ?? {};
      return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    },
    condition(name) {
      const condition = Object.hasOwn(template.conditions, name) ? template.conditions[name] : undefined;
      // Conditions that name each other in a circle end with the stack of calls, which is a fault of the template.
      return condition !== undefined && resolve(condition, scope) === true;
    },
    mapping(map, first, second) {
      const found: unknown = template.mappings[map]?.[first]?.[second];
      return Array.isArray(found) || isMap(found) || typeof found !== "object"
        ? (found as TemplateValue)
        : undefined;
    },
    zones: (region) => zoneLetters.map((letter) => `${region}${letter}`),
    exported: (name) => exports.get(name),
    isResource: (id) => Object.hasOwn(template.resources, id),
  };
  return scope;
}
