import type * as cloudformation from "@aws-sdk/client-cloudformation";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { stackResource } from "../arn.ts";
import { validationError } from "../faults.ts";
import { checkReferences } from "../template/references.ts";
import { readTemplate, type Template } from "../template/template.ts";
import { neededCapability } from "./request.ts";
import { neededStack } from "./stack.ts";

const noTemplate = "Either Template URL or Template Body must be specified.";

/** What asking for the capabilities of a template answers. */
function capabilities(template: Template) {
  const needed = neededCapability(template);
  if (needed === undefined) return { Capabilities: [] };
  const types = Object.values(template.resources).map(({ Type }) => Type);
  const iam = [...new Set(types.filter((type) => type.startsWith("AWS::IAM::")))];
  return {
    Capabilities: [needed],
    CapabilitiesReason: `The following resource(s) require capabilities: [${iam.join(", ")}]`,
  };
}

export const validateTemplate: ReadOperation<typeof cloudformation, "ValidateTemplate"> = {
  name: "ValidateTemplate",
  authorise: () => [{ action: "cloudformation:ValidateTemplate", resource: "*" }],
  async read(_ctx, { TemplateBody }) {
    if (TemplateBody === undefined) throw validationError(noTemplate);
    const template = readTemplate(TemplateBody);
    checkReferences(template);
    return {
      ...(template.description !== undefined && { Description: template.description }),
      Parameters: Object.entries(template.parameters).map(([name, parameter]) => ({
        ParameterKey: name,
        NoEcho: String(parameter.NoEcho) === "true",
        ...(parameter.Default !== undefined && { DefaultValue: String(parameter.Default) }),
        ...(parameter.Description !== undefined && { Description: parameter.Description }),
      })),
      ...capabilities(template),
    };
  },
};

export const getTemplateSummary: ReadOperation<typeof cloudformation, "GetTemplateSummary"> = {
  name: "GetTemplateSummary",
  authorise: ({ StackName }, ctx) => [
    { action: "cloudformation:GetTemplateSummary", resource: stackResource(ctx, StackName) },
  ],
  async read(ctx, { TemplateBody, StackName }) {
    const stack = StackName === undefined ? undefined : await neededStack(ctx.rows, ctx, StackName);
    const body = TemplateBody ?? (stack?.current ?? stack?.wanted)?.body;
    if (body === undefined) throw validationError(noTemplate);
    const template = readTemplate(body);
    return {
      Parameters: Object.entries(template.parameters).map(([name, parameter]) => ({
        ParameterKey: name,
        ParameterType: parameter.Type,
        NoEcho: String(parameter.NoEcho) === "true",
        ...(parameter.Default !== undefined && { DefaultValue: String(parameter.Default) }),
        ...(parameter.Description !== undefined && { Description: parameter.Description }),
        ParameterConstraints:
          parameter.AllowedValues === undefined ? {} : { AllowedValues: parameter.AllowedValues.map(String) },
      })),
      ...(template.description !== undefined && { Description: template.description }),
      ResourceTypes: [...new Set(Object.values(template.resources).map(({ Type }) => Type))],
      ...(template.metadata !== undefined && { Metadata: JSON.stringify(template.metadata) }),
      ...capabilities(template),
    };
  },
};
