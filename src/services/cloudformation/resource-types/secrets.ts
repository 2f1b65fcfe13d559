import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetRandomPasswordCommand,
  type GetRandomPasswordCommandInput,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { DeleteParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { isFault } from "../../../kernel/fault.ts";
import { validationError } from "../faults.ts";
import { isMap, type TemplateValue } from "../template/template.ts";
import type { Properties, Provision, ResourceType } from "./resource-type.ts";
import { tagsOf, textOf, textOr, typed, unlessGone } from "./values.ts";

const secret: ResourceType = {
  type: "AWS::SecretsManager::Secret",
  properties: ["Description", "GenerateSecretString", "KmsKeyId", "Name", "SecretString", "Tags"],
  replacedBy: ["Name"],
  async create(properties, at) {
    const Name = textOr(properties, "Name", at.name(255));
    const { Description, KmsKeyId } = properties;
    const Tags = tagsOf(properties, at);
    const SecretString = await secretValue(properties, at);
    // The token makes it the same secret, however often it is asked for.
    const { ARN = "" } = await at.client.send(
      new CreateSecretCommand({
        Name,
        ClientRequestToken: at.token,
        ...(SecretString !== undefined && { SecretString }),
        ...(Description !== undefined && { Description: String(Description) }),
        ...(KmsKeyId !== undefined && { KmsKeyId: String(KmsKeyId) }),
        ...(Tags.length > 0 && { Tags }),
      }),
    );
    return { physicalId: ARN, attributes: { Id: ARN } };
  },
  async update(arn, properties, before, { client, ...at }) {
    const generated =
      JSON.stringify(before.GenerateSecretString) !== JSON.stringify(properties.GenerateSecretString);
    const changed = generated || before.SecretString !== properties.SecretString;
    const SecretString = changed ? await secretValue(properties, { client, ...at }) : undefined;
    await client.send(
      new UpdateSecretCommand({
        SecretId: arn,
        Description: String(properties.Description ?? ""),
        ...(SecretString !== undefined && { SecretString, ClientRequestToken: at.token }),
      }),
    );
    return {};
  },
  remove: (arn, _properties, { client }) =>
    unlessGone(
      client.send(new DeleteSecretCommand({ SecretId: arn, ForceDeleteWithoutRecovery: true })),
      "ResourceNotFoundException",
    ),
};

const numbers = ["PasswordLength"];
const truths = [
  "ExcludeLowercase",
  "ExcludeNumbers",
  "ExcludePunctuation",
  "ExcludeUppercase",
  "IncludeSpace",
  "RequireEachIncludedType",
];

/** The secret's value: given, or generated, alone or under a key of a JSON template. */
async function secretValue(properties: Properties, { client }: Provision): Promise<string | undefined> {
  if (properties.SecretString !== undefined) return textOf(properties, "SecretString");
  const { GenerateSecretString: generate } = properties;
  if (!isMap(generate)) return undefined;
  const { GenerateStringKey, SecretStringTemplate, ...how } = generate;
  const input = typed(how as TemplateValue, { numbers, truths }) as GetRandomPasswordCommandInput;
  const { RandomPassword = "" } = await client.send(new GetRandomPasswordCommand(input));
  if (GenerateStringKey === undefined) return RandomPassword;
  const template: unknown = parse(String(SecretStringTemplate ?? "{}"));
  return JSON.stringify({ ...(template as object), [String(GenerateStringKey)]: RandomPassword });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw validationError("SecretStringTemplate must be JSON");
  }
}

const parameter: ResourceType = {
  type: "AWS::SSM::Parameter",
  properties: [
    "AllowedPattern",
    "DataType",
    "Description",
    "Name",
    "Policies",
    "Tags",
    "Tier",
    "Type",
    "Value",
  ],
  replacedBy: ["Name"],
  async create(properties, at) {
    const Name = textOr(properties, "Name", at.name(255));
    const tags = tagsOf(properties, at);
    try {
      await at.client.send(
        new PutParameterCommand({
          ...parameterInput(properties),
          Name,
          ...(tags.length > 0 && { Tags: tags }),
        }),
      );
    } catch (error) {
      if (!at.again || !isFault(error, "ParameterAlreadyExists")) throw error;
    }
    return {
      physicalId: Name,
      attributes: { Type: textOf(properties, "Type"), Value: textOf(properties, "Value") },
    };
  },
  async update(name, properties, _before, { client }) {
    await client.send(
      new PutParameterCommand({ ...parameterInput(properties), Name: name, Overwrite: true }),
    );
    return { Type: textOf(properties, "Type"), Value: textOf(properties, "Value") };
  },
  remove: (name, _properties, { client }) =>
    unlessGone(client.send(new DeleteParameterCommand({ Name: name })), "ParameterNotFound"),
};

function parameterInput(properties: Properties) {
  const { Tags: _tags, Name: _name, ...rest } = properties;
  return { ...rest, Value: textOf(properties, "Value") };
}

/** Secrets Manager and Parameter Store. */
export const secretTypes: readonly ResourceType[] = [secret, parameter];
