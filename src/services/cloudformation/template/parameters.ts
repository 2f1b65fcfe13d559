import type * as cloudformation from "@aws-sdk/client-cloudformation";
import { validationError } from "../faults.ts";
import type { Template, TemplateParameter, TemplateValue } from "./template.ts";

/** The values of a template's parameters, as texts; what a list parameter gives is split when it is asked for. */
export type ParameterValues = Readonly<Record<string, string>>;

/**
 * What each parameter of the template has: given, as it was, or its default.
 * Faults: `ValidationError` in AWS's words.
 */
export function readParameters(
  template: Template,
  given: readonly cloudformation.Parameter[],
  before: ParameterValues = {},
): ParameterValues {
  const unknown = given.filter(({ ParameterKey = "" }) => !Object.hasOwn(template.parameters, ParameterKey));
  if (unknown.length > 0) {
    throw validationError(
      `Parameters: [${unknown.map(({ ParameterKey }) => ParameterKey).join(", ")}] do not exist in the template`,
    );
  }
  const values: Record<string, string> = {};
  const missing: string[] = [];
  for (const [name, parameter] of Object.entries(template.parameters)) {
    const wanted = given.find(({ ParameterKey }) => ParameterKey === name);
    const value = wanted?.UsePreviousValue === true ? before[name] : wanted?.ParameterValue;
    const settled = value ?? (parameter.Default === undefined ? undefined : String(parameter.Default));
    if (settled === undefined) missing.push(name);
    else {
      check(name, parameter, settled);
      values[name] = settled;
    }
  }
  if (missing.length > 0) throw validationError(`Parameters: [${missing.join(", ")}] must have values`);
  return values;
}

function check(name: string, parameter: TemplateParameter, value: string): void {
  const { AllowedValues, AllowedPattern, ConstraintDescription, Type } = parameter;
  const refuse = (why: string): never => {
    throw validationError(`Parameter '${name}' ${ConstraintDescription ?? why}`);
  };
  const parts = isList(Type) ? split(value) : [value];
  for (const part of parts) {
    if (AllowedValues !== undefined && !AllowedValues.map(String).includes(part)) {
      refuse(`must be one of AllowedValues`);
    }
    if (AllowedPattern !== undefined && !wholly(AllowedPattern).test(part)) {
      refuse(`must match pattern ${AllowedPattern}`);
    }
    if (Type === "Number" || Type === "List<Number>") {
      const number = Number(part);
      if (part.trim() === "" || Number.isNaN(number)) refuse("must be a number");
      if (number < Number(parameter.MinValue ?? Number.NEGATIVE_INFINITY))
        refuse(`must be a number not less than ${parameter.MinValue}`);
      if (number > Number(parameter.MaxValue ?? Number.POSITIVE_INFINITY))
        refuse(`must be a number not greater than ${parameter.MaxValue}`);
    }
    if (part.length < Number(parameter.MinLength ?? 0))
      refuse(`must contain at least ${parameter.MinLength} characters`);
    if (part.length > Number(parameter.MaxLength ?? 4096))
      refuse(`must contain at most ${parameter.MaxLength ?? 4096} characters`);
  }
}

/** Patterns come with the template of whoever may make the stack; a text is at most 4,096 characters long. */
function wholly(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, "u");
  } catch {
    throw validationError(`Template format error: the AllowedPattern ${pattern} is no regular expression`);
  }
}

function isList(type: string): boolean {
  return type === "CommaDelimitedList" || type.startsWith("List<");
}

function split(value: string): readonly string[] {
  return value === "" ? [] : value.split(",").map((part) => part.trim());
}

/** What `Ref` gives for a parameter. */
export function parameterValue(parameter: TemplateParameter, value: string): TemplateValue {
  return isList(parameter.Type) ? split(value) : value;
}

/** As DescribeStacks shows them: what is not to be echoed is hidden. */
export function shownParameters(template: Template, values: ParameterValues): cloudformation.Parameter[] {
  return Object.entries(values).map(([name, value]) => {
    const hidden = String(template.parameters[name]?.NoEcho ?? "false") === "true";
    return { ParameterKey: name, ParameterValue: hidden ? "****" : value };
  });
}
