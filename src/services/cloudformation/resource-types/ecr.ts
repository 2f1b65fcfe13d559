import {
  CreatePullThroughCacheRuleCommand,
  CreateRepositoryCommand,
  type CreateRepositoryCommandInput,
  DeleteLifecyclePolicyCommand,
  DeletePullThroughCacheRuleCommand,
  DeleteRegistryPolicyCommand,
  DeleteRepositoryCommand,
  DeleteRepositoryPolicyCommand,
  DescribeRepositoriesCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  PutRegistryPolicyCommand,
  PutReplicationConfigurationCommand,
  type ReplicationConfiguration,
  SetRepositoryPolicyCommand,
  TagResourceCommand,
} from "@aws-sdk/client-ecr";
import { isFault } from "../../../kernel/fault.ts";
import { isMap } from "../template/template.ts";
import type { Attributes, Properties, Provision, ResourceType } from "./resource-type.ts";
import { camel, documentOf, tagsOf, textOf, textOr, typed, unlessGone } from "./values.ts";

async function describe(name: string, { client }: Provision): Promise<Attributes> {
  const { repositories = [] } = await client.send(
    new DescribeRepositoriesCommand({ repositoryNames: [name] }),
  );
  const [found] = repositories;
  return { Arn: found?.repositoryArn ?? "", RepositoryUri: found?.repositoryUri ?? "" };
}

/** What belongs to a repository and has calls of its own. */
async function furnish(name: string, properties: Properties, { client }: Provision): Promise<void> {
  const policy = properties.RepositoryPolicyText;
  if (policy !== undefined) {
    await client.send(
      new SetRepositoryPolicyCommand({ repositoryName: name, policyText: documentOf(policy) }),
    );
  }
  const lifecycle = isMap(properties.LifecyclePolicy)
    ? properties.LifecyclePolicy.LifecyclePolicyText
    : undefined;
  if (lifecycle !== undefined) {
    await client.send(
      new PutLifecyclePolicyCommand({ repositoryName: name, lifecyclePolicyText: documentOf(lifecycle) }),
    );
  }
}

const repository: ResourceType = {
  type: "AWS::ECR::Repository",
  properties: [
    "EmptyOnDelete",
    "EncryptionConfiguration",
    "ImageScanningConfiguration",
    "ImageTagMutability",
    "ImageTagMutabilityExclusionFilters",
    "LifecyclePolicy",
    "RepositoryName",
    "RepositoryPolicyText",
    "Tags",
  ],
  replacedBy: ["RepositoryName", "EncryptionConfiguration"],
  async create(properties, at) {
    const name = textOr(properties, "RepositoryName", at.name(256).toLowerCase());
    const { ImageTagMutability, ImageTagMutabilityExclusionFilters: filters } = properties;
    const input = {
      repositoryName: name,
      imageTagMutability: ImageTagMutability,
      imageTagMutabilityExclusionFilters: filters === undefined ? undefined : camel(filters, []),
      imageScanningConfiguration: scanning(properties),
      encryptionConfiguration: encryption(properties),
      tags: tagsOf(properties, at),
    };
    try {
      await at.client.send(new CreateRepositoryCommand(input as unknown as CreateRepositoryCommandInput));
    } catch (error) {
      if (!at.again || !isFault(error, "RepositoryAlreadyExistsException")) throw error;
    }
    await furnish(name, properties, at);
    return { physicalId: name, attributes: await describe(name, at) };
  },
  async update(name, properties, before, at) {
    const { client } = at;
    const { ImageTagMutability = "MUTABLE", ImageTagMutabilityExclusionFilters: filters } = properties;
    await client.send(
      new PutImageTagMutabilityCommand({
        repositoryName: name,
        imageTagMutability: ImageTagMutability as never,
        ...(filters !== undefined && { imageTagMutabilityExclusionFilters: camel(filters) as never }),
      }),
    );
    await client.send(
      new PutImageScanningConfigurationCommand({
        repositoryName: name,
        imageScanningConfiguration: scanning(properties) ?? { scanOnPush: false },
      }),
    );
    if (before.RepositoryPolicyText !== undefined && properties.RepositoryPolicyText === undefined) {
      await unlessGone(
        client.send(new DeleteRepositoryPolicyCommand({ repositoryName: name })),
        "RepositoryPolicyNotFoundException",
      );
    }
    if (before.LifecyclePolicy !== undefined && properties.LifecyclePolicy === undefined) {
      await unlessGone(
        client.send(new DeleteLifecyclePolicyCommand({ repositoryName: name })),
        "LifecyclePolicyNotFoundException",
      );
    }
    await furnish(name, properties, at);
    const attributes = await describe(name, at);
    const tags = tagsOf(properties, at);
    if (tags.length > 0)
      await client.send(new TagResourceCommand({ resourceArn: String(attributes.Arn), tags }));
    return attributes;
  },
  remove: (name, properties, { client }) =>
    unlessGone(
      client.send(
        new DeleteRepositoryCommand({
          repositoryName: name,
          force: String(properties.EmptyOnDelete) === "true",
        }),
      ),
      "RepositoryNotFoundException",
    ),
};

function scanning(properties: Properties): { scanOnPush: boolean } | undefined {
  const given = properties.ImageScanningConfiguration;
  return isMap(given) ? { scanOnPush: String(given.ScanOnPush) === "true" } : undefined;
}

/** A template writes `KmsKey` where the API has `kmsKey`. */
function encryption(properties: Properties): unknown {
  return properties.EncryptionConfiguration === undefined
    ? undefined
    : camel(properties.EncryptionConfiguration);
}

const replication: ResourceType = {
  type: "AWS::ECR::ReplicationConfiguration",
  properties: ["ReplicationConfiguration"],
  replacedBy: [],
  async create(properties, at) {
    await putReplication(properties, at);
    return { physicalId: at.stack.account, attributes: { RegistryId: at.stack.account } };
  },
  async update(_id, properties, _before, at) {
    await putReplication(properties, at);
    return {};
  },
  async remove(_id, _properties, { client }) {
    await client.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: [] } }));
  },
};

async function putReplication(properties: Properties, { client }: Provision): Promise<void> {
  const replicationConfiguration = camel(
    properties.ReplicationConfiguration ?? {},
  ) as unknown as ReplicationConfiguration;
  await client.send(new PutReplicationConfigurationCommand({ replicationConfiguration }));
}

const registryPolicy: ResourceType = {
  type: "AWS::ECR::RegistryPolicy",
  properties: ["PolicyText"],
  replacedBy: [],
  async create(properties, { client, stack }) {
    await client.send(new PutRegistryPolicyCommand({ policyText: documentOf(properties.PolicyText) }));
    return { physicalId: stack.account, attributes: { RegistryId: stack.account } };
  },
  async update(_id, properties, _before, { client }) {
    await client.send(new PutRegistryPolicyCommand({ policyText: documentOf(properties.PolicyText) }));
    return {};
  },
  remove: (_id, _properties, { client }) =>
    unlessGone(client.send(new DeleteRegistryPolicyCommand({})), "RegistryPolicyNotFoundException"),
};

const pullThroughCacheRule: ResourceType = {
  type: "AWS::ECR::PullThroughCacheRule",
  properties: [
    "CredentialArn",
    "CustomRoleArn",
    "EcrRepositoryPrefix",
    "UpstreamRegistry",
    "UpstreamRegistryUrl",
    "UpstreamRepositoryPrefix",
  ],
  replacedBy: "all",
  async create(properties, { client, again }) {
    const prefix = textOf(properties, "EcrRepositoryPrefix");
    try {
      await client.send(new CreatePullThroughCacheRuleCommand(camel(typed(properties, {})) as never));
    } catch (error) {
      if (!again || !isFault(error, "PullThroughCacheRuleAlreadyExistsException")) throw error;
    }
    return { physicalId: prefix };
  },
  remove: (prefix, _properties, { client }) =>
    unlessGone(
      client.send(new DeletePullThroughCacheRuleCommand({ ecrRepositoryPrefix: prefix })),
      "PullThroughCacheRuleNotFoundException",
    ),
};

/** Amazon ECR. */
export const ecrTypes: readonly ResourceType[] = [
  repository,
  replication,
  registryPolicy,
  pullThroughCacheRule,
];
