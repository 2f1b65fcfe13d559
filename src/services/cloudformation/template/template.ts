import type { CollectionTag, ScalarTag } from "yaml";
import { parseDocument, visit } from "yaml";
import { validationError } from "../faults.ts";

/** Any value of a template: JSON, in which an object with one key `Ref`, `Condition` or `Fn::…` is a function. */
export type TemplateValue =
  | string
  | number
  | boolean
  | null
  | readonly TemplateValue[]
  | { readonly [key: string]: TemplateValue };

export interface TemplateParameter {
  readonly Type: string;
  readonly Default?: string | number;
  readonly AllowedValues?: readonly (string | number)[];
  readonly AllowedPattern?: string;
  readonly ConstraintDescription?: string;
  readonly Description?: string;
  readonly MinLength?: number | string;
  readonly MaxLength?: number | string;
  readonly MinValue?: number | string;
  readonly MaxValue?: number | string;
  readonly NoEcho?: boolean | string;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: { readonly [key: string]: TemplateValue };
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Metadata?: TemplateValue;
}

export interface TemplateOutput {
  readonly Value: TemplateValue;
  readonly Description?: string;
  readonly Condition?: string;
  readonly Export?: { readonly Name: TemplateValue };
}

/** A template (CloudFormation User Guide, "Template sections"), with every section there. */
export interface Template {
  readonly description?: string;
  readonly metadata?: TemplateValue;
  readonly parameters: Readonly<Record<string, TemplateParameter>>;
  readonly mappings: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, TemplateValue>>>>>
  >;
  readonly conditions: Readonly<Record<string, TemplateValue>>;
  readonly rules: Readonly<Record<string, TemplateValue>>;
  readonly resources: Readonly<Record<string, TemplateResource>>;
  readonly outputs: Readonly<Record<string, TemplateOutput>>;
}

/** CloudFormation User Guide, "Quotas": a template in a request, in bytes. */
const longestBody = 51_200;

/** CloudFormation User Guide, "Quotas". */
const most = { Parameters: 200, Mappings: 200, Resources: 500, Outputs: 200 } as const;

const sections = new Set([
  "AWSTemplateFormatVersion",
  "Description",
  "Metadata",
  "Parameters",
  "Mappings",
  "Conditions",
  "Rules",
  "Resources",
  "Outputs",
]);

const logicalId = /^[A-Za-z0-9]{1,255}$/;

/**
 * Reads the text of a template, JSON or YAML with the short forms of functions (`!Ref x`).
 * Faults: `ValidationError`.
 */
export function readTemplate(body: string): Template {
  if (Buffer.byteLength(body) > longestBody) {
    throw validationError(
      `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${longestBody}`,
    );
  }
  const text = body.trimStart();
  const root = text.startsWith("{") ? readJson(text) : readYaml(body);
  if (!isMap(root)) throw validationError("Template format error: unsupported structure.");
  const { Transform, Hooks } = root as { Transform?: unknown; Hooks?: unknown };
  if (Transform !== undefined) {
    throw validationError(`Roadstead has no transforms: ${JSON.stringify(Transform)} is not supported.`);
  }
  if (Hooks !== undefined)
    throw validationError("Roadstead has no hooks: the section Hooks is not supported.");
  const unknown = Object.keys(root).filter((key) => !sections.has(key));
  if (unknown.length > 0) {
    throw validationError(`Invalid template property or properties [${unknown.join(", ")}]`);
  }
  const section = (name: keyof typeof most | "Conditions" | "Rules"): Record<string, never> => {
    const value = root[name] ?? {};
    if (!isMap(value)) throw validationError(`Template format error: [/${name}] must be an object`);
    const limit = name === "Conditions" || name === "Rules" ? Number.POSITIVE_INFINITY : most[name];
    const count = Object.keys(value).length;
    if (count > limit) {
      throw validationError(
        `Template format error: Number of ${name.toLowerCase()}, ${count}, is greater than maximum allowed, ${limit}`,
      );
    }
    return value as Record<string, never>;
  };
  const template: Template = {
    ...(typeof root.Description === "string" && { description: root.Description }),
    ...(root.Metadata !== undefined && { metadata: root.Metadata }),
    parameters: section("Parameters"),
    mappings: section("Mappings"),
    conditions: section("Conditions"),
    rules: section("Rules"),
    resources: section("Resources"),
    outputs: section("Outputs"),
  };
  if (Object.keys(template.resources).length === 0) {
    throw validationError("Template format error: At least one Resources member must be defined.");
  }
  for (const [id, resource] of Object.entries(template.resources)) {
    if (!logicalId.test(id)) {
      throw validationError(`Template format error: Resource name ${id} is non alphanumeric.`);
    }
    if (!isMap(resource))
      throw validationError(`Template format error: [/Resources/${id}] must be an object`);
    if (typeof resource.Type !== "string") {
      throw validationError(
        `Template format error: [/Resources/${id}] Every Resources object must contain a Type member.`,
      );
    }
  }
  for (const [id, output] of Object.entries(template.outputs)) {
    if (!isMap(output) || output.Value === undefined) {
      throw validationError(
        `Template format error: Output ${id} is malformed. The Value field of every Outputs member must evaluate to a String.`,
      );
    }
  }
  return template;
}

export function isMap(value: unknown): value is { readonly [key: string]: TemplateValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw validationError(
      `Template format error: JSON not well-formed. (${error instanceof Error ? error.message : ""})`,
    );
  }
}

function readYaml(text: string): unknown {
  // Anchors could be multiplied without end: templates have no need of more than a few.
  const document = parseDocument(text, { customTags: shortForms, merge: false, prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined)
    throw validationError(`Template format error: YAML not well-formed. (${error.message.split("\n")[0]})`);
  visit(document, {
    Alias() {
      throw validationError(
        "Template validation error: YAML aliases are not allowed in CloudFormation templates",
      );
    },
  });
  return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 0 }))) as unknown;
}

/** CloudFormation User Guide, "Intrinsic function reference": those with a short form. */
const functions = [
  "Base64",
  "Cidr",
  "FindInMap",
  "GetAZs",
  "ImportValue",
  "Join",
  "Select",
  "Split",
  "Sub",
  "If",
  "Not",
  "Equals",
  "And",
  "Or",
  "Length",
  "ToJsonString",
] as const;

const named: readonly (readonly [tag: string, name: string])[] = [
  ["!Ref", "Ref"],
  ["!Condition", "Condition"],
  ...functions.map((name) => [`!${name}`, `Fn::${name}`] as const),
];

/** `!GetAtt a.b` is a text with a dot, the long form a list. */
const shortForms = [
  ...named.flatMap(([tag, name]): (ScalarTag | CollectionTag)[] => [
    { tag, resolve: (text: string) => ({ [name]: text }) },
    { tag, collection: "seq", resolve: (seq) => ({ [name]: seq.toJSON() as unknown }) as never },
    { tag, collection: "map", resolve: (map) => ({ [name]: map.toJSON() as unknown }) as never },
  ]),
  { tag: "!GetAtt", resolve: (text: string) => ({ "Fn::GetAtt": splitAttribute(text) }) } satisfies ScalarTag,
  {
    tag: "!GetAtt",
    collection: "seq",
    resolve: (seq) => ({ "Fn::GetAtt": seq.toJSON() as unknown }) as never,
  } satisfies CollectionTag,
];

/** `Database.Endpoint.Port` → the resource and the attribute. */
export function splitAttribute(text: string): readonly [string, string] {
  const dot = text.indexOf(".");
  return dot < 0 ? [text, ""] : [text.slice(0, dot), text.slice(dot + 1)];
}
