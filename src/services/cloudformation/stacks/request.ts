import type * as cloudformation from "@aws-sdk/client-cloudformation";
import { GetParametersCommand } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { AuthoriseContext, CallContext, PrepareContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import type { Tag } from "../../../kernel/tags.ts";
import { stackResource } from "../arn.ts";
import { validationError } from "../faults.ts";
import { cloudFormationPrincipal } from "../principal.ts";
import { resourceTypes } from "../resource-types/all.ts";
import { type ParameterValues, readParameters } from "../template/parameters.ts";
import { checkReferences } from "../template/references.ts";
import { isMap, readTemplate, type Template } from "../template/template.ts";
import type { Stack, StackSource } from "./stack.ts";

/** What requests that make or change a stack have in common. */
export interface StackRequest {
  readonly StackName?: string | undefined;
  readonly TemplateBody?: string | undefined;
  readonly TemplateURL?: string | undefined;
  readonly UsePreviousTemplate?: boolean | undefined;
  readonly Parameters?: readonly cloudformation.Parameter[] | undefined;
  readonly Capabilities?: readonly cloudformation.Capability[] | undefined;
  readonly Tags?: readonly cloudformation.Tag[] | undefined;
  readonly RoleARN?: string | undefined;
  readonly NotificationARNs?: readonly string[] | undefined;
  readonly RollbackConfiguration?: cloudformation.RollbackConfiguration | undefined;
  readonly StackPolicyBody?: string | undefined;
  readonly StackPolicyURL?: string | undefined;
  readonly ResourceTypes?: readonly string[] | undefined;
}

/** A request, read and checked. */
export interface ReadRequest {
  readonly source: StackSource;
  readonly template: Template;
}

/** What a caller needs to ask something of a stack, and to give it a role. */
export function stackPermission(
  action: string,
  input: StackRequest,
  ctx: AuthoriseContext,
): readonly Authorisation[] {
  const { StackName, RoleARN, ResourceTypes, Tags = [] } = input;
  const tags = Tags.map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, Value] as const);
  return [
    {
      action: `cloudformation:${action}`,
      resource: stackResource(ctx, StackName),
      context: {
        ...(RoleARN !== undefined && { "cloudformation:RoleArn": RoleARN }),
        ...(ResourceTypes !== undefined && { "cloudformation:ResourceTypes": ResourceTypes }),
        ...Object.fromEntries(tags),
        ...(tags.length > 0 && { "aws:TagKeys": Tags.map(({ Key = "" }) => Key) }),
      },
    },
    ...(RoleARN === undefined
      ? []
      : [
          {
            action: "iam:PassRole",
            resource: RoleARN,
            context: { "iam:PassedToService": cloudFormationPrincipal },
          },
        ]),
  ];
}

/**
 * Reads and checks what a stack shall be made from.
 * @param before what it is made from now, where it is there.
 * Faults: `ValidationError`, `InsufficientCapabilitiesException`; those of Parameter Store, asked as the caller.
 */
export async function readRequest(
  ctx: PrepareContext,
  input: StackRequest,
  before?: StackSource,
): Promise<ReadRequest> {
  refuseWhatIsNotHonoured(input);
  if (input.RoleARN !== undefined) await checkRole(ctx, input.RoleARN as Arn);
  const body = input.UsePreviousTemplate === true ? before?.body : input.TemplateBody;
  if (input.UsePreviousTemplate === true && input.TemplateBody !== undefined) {
    throw validationError("Cannot specify both usePreviousTemplate and templateBody.");
  }
  if (body === undefined) throw validationError("Either Template URL or Template Body must be specified.");
  const template = readTemplate(body);
  checkReferences(template);
  checkResources(template);
  checkAllowedTypes(template, input.ResourceTypes);
  const parameters = readParameters(template, input.Parameters ?? [], before?.parameters);
  checkCapabilities(template, input.Capabilities ?? []);
  const tags = input.Tags === undefined ? (before?.tags ?? []) : readTags(input.Tags);
  return { source: { body, parameters: await storedParameters(ctx, template, parameters), tags }, template };
}

/** AWS's words. */
async function checkRole(ctx: PrepareContext, roleArn: Arn): Promise<void> {
  const role = { servicePrincipal: cloudFormationPrincipal, sessionName: "AWSCloudFormation", roleArn };
  try {
    await ctx.as(role).send(new GetCallerIdentityCommand({}));
  } catch (error) {
    if (!isFault(error)) throw error;
    throw validationError(`Role ${roleArn} is invalid or cannot be assumed`);
  }
}

/** The sentences are ours. */
function refuseWhatIsNotHonoured(input: StackRequest): void {
  const unserved: readonly (readonly [present: boolean, name: string, why: string])[] = [
    [
      input.TemplateURL !== undefined,
      "TemplateURL",
      "it keeps no bucket of templates; give the text as TemplateBody",
    ],
    [input.StackPolicyBody !== undefined, "StackPolicyBody", "it has no stack policies"],
    [input.StackPolicyURL !== undefined, "StackPolicyURL", "it has no stack policies"],
    [(input.NotificationARNs?.length ?? 0) > 0, "NotificationARNs", "it has no Amazon SNS"],
    [
      (input.RollbackConfiguration?.RollbackTriggers?.length ?? 0) > 0,
      "RollbackConfiguration",
      "it watches no alarms while it works on a stack",
    ],
  ];
  for (const [present, name, why] of unserved) {
    if (present) throw validationError(`Roadstead does not support ${name}: ${why}.`);
  }
}

/** Every type and every property is one that is honoured. The first sentence is AWS's, the second close to it. */
function checkResources(template: Template): void {
  const unknown = Object.values(template.resources).filter(({ Type }) => !resourceTypes.has(Type));
  if (unknown.length > 0) {
    const types = [...new Set(unknown.map(({ Type }) => Type))];
    throw validationError(`Template format error: Unrecognized resource types: [${types.join(", ")}]`);
  }
  for (const [id, { Type, Properties = {} }] of Object.entries(template.resources)) {
    const allowed = resourceTypes.get(Type)?.properties ?? [];
    const extra = isMap(Properties) ? Object.keys(Properties).filter((name) => !allowed.includes(name)) : [];
    if (extra.length > 0) {
      throw validationError(
        `Properties validation failed for resource ${id} with message: #: extraneous key [${extra[0]}] is not permitted`,
      );
    }
  }
}

/** `ResourceTypes` of a request: `AWS::*`, `AWS::ECS::*` or whole names. The sentence is ours. */
function checkAllowedTypes(template: Template, allowed: readonly string[] | undefined): void {
  if (allowed === undefined) return;
  const covers = (pattern: string, type: string): boolean =>
    pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
  for (const [id, { Type }] of Object.entries(template.resources)) {
    if (!allowed.some((pattern) => covers(pattern, Type))) {
      throw validationError(`Resource type ${Type} of resource ${id} is not in the list of resource types`);
    }
  }
}

const iamTypes = new Set([
  "AWS::IAM::Role",
  "AWS::IAM::Policy",
  "AWS::IAM::ManagedPolicy",
  "AWS::IAM::InstanceProfile",
]);
const nameProperties = ["RoleName", "ManagedPolicyName", "InstanceProfileName"];

/** CloudFormation User Guide, "Acknowledging IAM resources in CloudFormation templates". */
export function neededCapability(template: Template): cloudformation.Capability | undefined {
  const resources = Object.values(template.resources).filter(({ Type }) => iamTypes.has(Type));
  if (resources.length === 0) return undefined;
  const named = resources.some(({ Properties = {} }) =>
    nameProperties.some((name) => Properties[name] !== undefined),
  );
  return named ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM";
}

function checkCapabilities(template: Template, given: readonly cloudformation.Capability[]): void {
  const needed = neededCapability(template);
  if (needed === undefined || given.includes("CAPABILITY_NAMED_IAM") || given.includes(needed)) return;
  throw new Fault("InsufficientCapabilitiesException", `Requires capabilities : [${needed}]`, {
    status: 400,
  });
}

function readTags(tags: readonly cloudformation.Tag[]): readonly Tag[] {
  const read = tags.map(({ Key = "", Value = "" }) => ({ key: Key, value: Value }));
  if (read.length > 50) throw validationError("Too many tags: a stack can have 50");
  const reserved = read.find(({ key }) => key.toLowerCase().startsWith("aws:"));
  if (reserved !== undefined) {
    throw validationError(`aws: prefixed tag key names are not allowed for external use.`);
  }
  return read;
}

/** Parameters of the type `AWS::SSM::Parameter::Value<…>`: the value is what the parameter of that name has. */
async function storedParameters(
  ctx: PrepareContext,
  template: Template,
  values: ParameterValues,
): Promise<ParameterValues> {
  const stored = Object.entries(template.parameters).filter(([, { Type }]) =>
    Type.startsWith("AWS::SSM::Parameter::Value<"),
  );
  if (stored.length === 0) return values;
  const Names = stored.map(([name]) => values[name] ?? "");
  const { Parameters = [], InvalidParameters = [] } = await ctx
    .forward(cloudFormationPrincipal)
    .send(new GetParametersCommand({ Names }));
  if (InvalidParameters.length > 0) {
    throw validationError(
      `Unable to fetch parameters [${InvalidParameters.join(",")}] from parameter store for this account.`,
    );
  }
  const found = new Map(Parameters.map(({ Name, Value = "" }) => [Name, Value]));
  return {
    ...values,
    ...Object.fromEntries(stored.map(([name]) => [name, found.get(values[name] ?? "") ?? ""])),
  };
}

/** The members of a stack that a request sets whenever it makes or changes it. */
export function operationMembers(
  ctx: CallContext,
  input: StackRequest & { ClientRequestToken?: string | undefined },
): Partial<Stack> {
  return {
    capabilities: [...(input.Capabilities ?? [])],
    ...(input.RoleARN !== undefined && { roleArn: input.RoleARN as Arn }),
    caller: { principal: ctx.principal, source: ctx.source },
    requestToken: input.ClientRequestToken,
    cancelled: undefined,
  };
}
