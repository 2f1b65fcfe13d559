import * as ecr from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../../dispatch/context.ts";
import { image, push } from "./images/images.testing.ts";
import { openTestWorld, type TestWorld } from "./world.testing.ts";

/** Every limit of a name, a text or a list, met exactly and passed by one (API Reference; "Amazon ECR service quotas"). */

const account = "111111111111";
const repositoryName = "limits";
const invalid = "InvalidParameterException";

let world: TestWorld;
let root: Client;
let stored: string;

beforeAll(async () => {
  world = await openTestWorld();
  root = world.root(account);
  await root.send(new ecr.CreateRepositoryCommand({ repositoryName }));
  const { manifest, blobs } = image("limits");
  await push(root, world.operations, repositoryName, manifest, { blobs, reference: "first" });
  stored = manifest;
});
afterAll(() => world.close());

const many = <Item>(count: number, item: (number: number) => Item): Item[] =>
  Array.from({ length: count }, (_, number) => item(number));
const word = (length: number) => "a".repeat(length);

/** A statement's Sid fills the text up to a length. */
function policyOf(length: number, resource: boolean): string {
  const text = (filling: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: filling,
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: resource ? "ecr:ReplicateImage" : "ecr:BatchGetImage",
          ...(resource ? { Resource: `arn:aws:ecr:us-east-1:${account}:repository/*` } : {}),
        },
      ],
    });
  return text(word(length - text("").length));
}

function lifecycleOf(length: number, rules = 1): string {
  const text = (description: string) =>
    JSON.stringify({
      rules: many(rules, (number) => ({
        rulePriority: number + 1,
        description: number === 0 ? description : "",
        selection: {
          tagStatus: "tagged",
          tagPatternList: [`v${number}`],
          countType: "imageCountMoreThan",
          countNumber: 1,
        },
        action: { type: "expire" },
      })),
    });
  return text(word(Math.max(0, length - text("").length)));
}

const replicationTo = (rules: ecr.ReplicationRule[]) =>
  new ecr.PutReplicationConfigurationCommand({ replicationConfiguration: { rules } });
const destination = (number: number) => ({
  region: "eu-west-1",
  registryId: String(200_000_000_000 + number),
});
const prefixFilter = (number: number) => ({ filter: `p${number}`, filterType: "PREFIX_MATCH" as const });
const create = (input: Partial<ecr.CreateRepositoryCommandInput>) =>
  new ecr.CreateRepositoryCommand({ repositoryName: "made", ...input });
const template = (input: Partial<ecr.CreateRepositoryCreationTemplateCommandInput>) =>
  new ecr.CreateRepositoryCreationTemplateCommand({ prefix: "made", appliedFor: ["REPLICATION"], ...input });

interface Row {
  readonly what: string;
  /** The values that are taken, and those that are not. */
  readonly taken: readonly number[];
  readonly refused: readonly number[];
  readonly code?: string;
  /** Refused for another reason than the limit, which a taken value may be. */
  readonly besides?: string;
  command(value: number): Parameters<Client["send"]>[0];
}

const rows: readonly Row[] = [
  {
    what: "characters of a repository's name",
    taken: [2, 256],
    refused: [1, 257],
    command: (length) => create({ repositoryName: word(length) }),
  },
  {
    what: "tags of a repository",
    taken: [50],
    refused: [51],
    code: "TooManyTagsException",
    command: (count) =>
      create({ repositoryName: `tags-${count}`, tags: many(count, (n) => ({ Key: `k${n}`, Value: "" })) }),
  },
  {
    what: "characters of a tag's key",
    taken: [1, 128],
    refused: [0, 129],
    code: "InvalidTagParameterException",
    command: (length) =>
      create({ repositoryName: `key-${length}`, tags: [{ Key: word(length), Value: "" }] }),
  },
  {
    what: "characters of a tag's value",
    taken: [0, 256],
    refused: [257],
    code: "InvalidTagParameterException",
    command: (length) =>
      create({ repositoryName: `value-${length}`, tags: [{ Key: "k", Value: word(length) }] }),
  },
  {
    what: "exclusions from a tag mutability",
    taken: [1, 5],
    refused: [0, 6],
    command: (count) =>
      create({
        repositoryName: `filters-${count}`,
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: many(count, (n) => ({
          filterType: "WILDCARD",
          filter: `v${n}*`,
        })),
      }),
  },
  {
    what: "characters of an exclusion",
    taken: [1, 128],
    refused: [0, 129],
    command: (length) =>
      create({
        repositoryName: `filter-${length}`,
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: word(length) }],
      }),
  },
  {
    what: "characters of an image's tag",
    taken: [1, 300],
    refused: [0, 301],
    command: (length) =>
      new ecr.PutImageCommand({ repositoryName, imageManifest: stored, imageTag: word(length) }),
  },
  {
    what: "image ids of a batch",
    taken: [1, 100],
    refused: [0, 101],
    command: (count) =>
      new ecr.BatchGetImageCommand({ repositoryName, imageIds: many(count, (n) => ({ imageTag: `t${n}` })) }),
  },
  {
    what: "layers of a batch",
    taken: [1, 100],
    refused: [0, 101],
    command: (count) =>
      new ecr.BatchCheckLayerAvailabilityCommand({
        repositoryName,
        layerDigests: many(count, (n) => `sha256:${String(n).padStart(64, "0")}`),
      }),
  },
  {
    what: "repositories that are named",
    taken: [1, 100],
    refused: [0, 101],
    besides: "RepositoryNotFoundException",
    command: (count) =>
      new ecr.DescribeRepositoriesCommand({ repositoryNames: many(count, (n) => `limits${n}`) }),
  },
  {
    what: "repositories whose scanning is asked for",
    taken: [1, 25],
    refused: [0, 26],
    command: (count) =>
      new ecr.BatchGetRepositoryScanningConfigurationCommand({
        repositoryNames: many(count, (n) => `limits${n}`),
      }),
  },
  {
    what: "repositories on a page",
    taken: [1, 1000],
    refused: [0, 1001],
    command: (maxResults) => new ecr.DescribeRepositoriesCommand({ maxResults }),
  },
  {
    what: "referrers on a page",
    taken: [1, 50],
    refused: [0, 51],
    command: (maxResults) =>
      new ecr.ListImageReferrersCommand({
        repositoryName,
        subjectId: { imageDigest: `sha256:${"0".repeat(64)}` },
        maxResults,
      }),
  },
  {
    what: "characters of a repository's policy",
    taken: [10_240],
    refused: [10_241],
    command: (length) =>
      new ecr.SetRepositoryPolicyCommand({ repositoryName, policyText: policyOf(length, false) }),
  },
  {
    what: "characters of a registry's policy",
    taken: [10_240],
    refused: [10_241],
    command: (length) => new ecr.PutRegistryPolicyCommand({ policyText: policyOf(length, true) }),
  },
  {
    what: "characters of a lifecycle policy",
    taken: [200, 30_720],
    refused: [99, 30_721],
    command: (length) =>
      new ecr.PutLifecyclePolicyCommand({
        repositoryName,
        lifecyclePolicyText: length < 100 ? word(length) : lifecycleOf(length),
      }),
  },
  {
    what: "rules of a lifecycle policy",
    taken: [1, 50],
    refused: [0, 51],
    command: (rules) =>
      new ecr.PutLifecyclePolicyCommand({
        repositoryName,
        lifecyclePolicyText: rules === 0 ? `{"rules":[${" ".repeat(100)}]}` : lifecycleOf(0, rules),
      }),
  },
  {
    what: "rules of a replication",
    taken: [1, 10],
    refused: [11],
    command: (count) =>
      replicationTo(
        many(count, (n) => ({ destinations: [destination(0)], repositoryFilters: [prefixFilter(n)] })),
      ),
  },
  {
    what: "destinations of a replication",
    taken: [1, 25],
    refused: [26],
    command: (count) => replicationTo([{ destinations: many(count, destination) }]),
  },
  {
    what: "filters of a replication's rule",
    taken: [1, 100],
    refused: [101],
    command: (count) =>
      replicationTo([{ destinations: [destination(0)], repositoryFilters: many(count, prefixFilter) }]),
  },
  {
    what: "characters of a template's prefix",
    taken: [2, 256],
    refused: [257],
    command: (length) => template({ prefix: word(length) }),
  },
  {
    what: "characters of a template's description",
    taken: [0, 256],
    refused: [257],
    command: (length) => template({ prefix: `described-${length}`, description: word(length) }),
  },
];

/** The code of the refusal; undefined when the call was answered. */
async function refusal(command: Parameters<Client["send"]>[0]): Promise<string | undefined> {
  try {
    await root.send(command);
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

describe.each(rows)("$what", ({ taken, refused, code = invalid, besides, command }) => {
  test.each(taken)("%i are taken", async (value) => {
    expect(await refusal(command(value))).toBe(besides);
  });
  test.each(refused)("%i are not", async (value) => {
    expect(await refusal(command(value))).toBe(code);
  });
});
