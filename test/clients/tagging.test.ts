import { CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { CreateClusterCommand, ECSClient } from "@aws-sdk/client-ecs";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  GetResourcesCommand,
  GetTagKeysCommand,
  GetTagValuesCommand,
  ResourceGroupsTaggingAPIClient,
  TagResourcesCommand,
  UntagResourcesCommand,
} from "@aws-sdk/client-resource-groups-tagging-api";
import { AddTagsToResourceCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Tags of several services in one place, over the wire. */

let roadstead: TestRoadstead;
let tagging: ResourceGroupsTaggingAPIClient;
let repository: string;
let vpc: string;
const cluster = "arn:aws:ecs:us-east-1:000000000000:cluster/blue";
const parameter = "arn:aws:ssm:us-east-1:000000000000:parameter/app/url";

beforeAll(async () => {
  roadstead = await testRoadstead();
  const client = roadstead.client();
  tagging = new ResourceGroupsTaggingAPIClient(client);
  const Tags = [{ Key: "team", Value: "blue" }];
  const ecr = new ECRClient(client);
  const made = await ecr.send(new CreateRepositoryCommand({ repositoryName: "app", tags: Tags }));
  repository = made.repository?.repositoryArn ?? "";
  const ecs = new ECSClient(client);
  await ecs.send(
    new CreateClusterCommand({
      clusterName: "blue",
      tags: [
        { key: "team", value: "blue" },
        { key: "stage", value: "test" },
      ],
    }),
  );
  const ec2 = new EC2Client(client);
  const { Vpc } = await ec2.send(
    new CreateVpcCommand({
      CidrBlock: "10.9.0.0/16",
      TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "team", Value: "red" }] }],
    }),
  );
  vpc = `arn:aws:ec2:us-east-1:000000000000:vpc/${Vpc?.VpcId}`;
  const ssm = new SSMClient(client);
  await ssm.send(new PutParameterCommand({ Name: "/app/url", Value: "x", Type: "String" }));
  await ssm.send(new AddTagsToResourceCommand({ ResourceType: "Parameter", ResourceId: "/app/url", Tags }));
  for (const one of [ecr, ecs, ec2, ssm]) one.destroy();
});

afterAll(async () => {
  tagging?.destroy();
  await roadstead?.stop();
});

async function arns(input: object): Promise<readonly (string | undefined)[]> {
  const { ResourceTagMappingList = [] } = await tagging.send(new GetResourcesCommand(input));
  return ResourceTagMappingList.map(({ ResourceARN }) => ResourceARN);
}

test("finds resources by their tags, their types and their ARNs", async () => {
  const blue = [{ Key: "team", Values: ["blue"] }];
  expect(await arns({ TagFilters: blue })).toEqual([repository, cluster, parameter]);
  expect(await arns({ TagFilters: [...blue, { Key: "stage" }] })).toEqual([cluster]);
  expect(await arns({ ResourceTypeFilters: ["ec2:vpc", "ecr"] })).toEqual([vpc, repository]);
  expect(await arns({ ResourceARNList: [parameter] })).toEqual([parameter]);
  await expect(arns({ ResourceARNList: [parameter], TagFilters: blue })).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
});

test("goes through pages", async () => {
  const seen: (string | undefined)[] = [];
  let PaginationToken: string | undefined;
  do {
    const page = await tagging.send(new GetResourcesCommand({ ResourcesPerPage: 1, PaginationToken }));
    seen.push(...(page.ResourceTagMappingList ?? []).map(({ ResourceARN }) => ResourceARN));
    PaginationToken = page.PaginationToken;
  } while (PaginationToken !== undefined && PaginationToken !== "");
  expect(seen).toEqual([vpc, repository, cluster, parameter]);
});

test("knows keys and values", async () => {
  expect((await tagging.send(new GetTagKeysCommand({}))).TagKeys).toEqual(["stage", "team"]);
  expect((await tagging.send(new GetTagValuesCommand({ Key: "team" }))).TagValues).toEqual(["blue", "red"]);
});

test("tags through each service's own operation, as the caller, and says what failed", async () => {
  const missing = "arn:aws:ecr:us-east-1:000000000000:repository/none";
  const all = [repository, cluster, vpc, parameter];
  const { FailedResourcesMap = {} } = await tagging.send(
    new TagResourcesCommand({ ResourceARNList: [...all, missing], Tags: { cost: "7" } }),
  );
  expect(Object.keys(FailedResourcesMap)).toEqual([missing]);
  expect(FailedResourcesMap[missing]?.ErrorMessage).toContain("RepositoryNotFoundException");
  const costly = { TagFilters: [{ Key: "cost", Values: ["7"] }] };
  expect(await arns(costly)).toEqual([vpc, repository, cluster, parameter]);
  await tagging.send(new UntagResourcesCommand({ ResourceARNList: all, TagKeys: ["cost"] }));
  expect(await arns(costly)).toEqual([]);
});

test("lets nobody tag who may not tag at the service itself", async () => {
  const iam = new IAMClient(roadstead.client());
  await iam.send(new CreateUserCommand({ UserName: "tagger" }));
  await iam.send(
    new PutUserPolicyCommand({
      UserName: "tagger",
      PolicyName: "tag",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: ["tag:*", "ecs:TagResource"], Resource: "*" }],
      }),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "tagger" }));
  iam.destroy();
  const user = new ResourceGroupsTaggingAPIClient({
    ...roadstead.client(),
    credentials: {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    },
  });
  const { FailedResourcesMap = {} } = await user.send(
    new TagResourcesCommand({ ResourceARNList: [repository, cluster], Tags: { mine: "1" } }),
  );
  user.destroy();
  expect(Object.keys(FailedResourcesMap)).toEqual([repository]);
  expect(FailedResourcesMap[repository]?.ErrorMessage).toContain(
    "not authorized to perform: ecr:TagResource",
  );
});
