import {
  CreateRepositoryCreationTemplateCommand,
  DeleteRepositoryCreationTemplateCommand,
  DescribeRepositoriesCommand,
  GetLifecyclePolicyCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-ecr";
import {
  CreateRoleCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { leave, type Party, policy, push, recorded, rootParty } from "./parties.ts";

/** Creation templates as clients see them: the AWS CLI, pushes over `/v2/`, and the roles in IAM. */

const account = "111111111111";
const roleName = "AWSServiceRoleForECRTemplate";
const trusts = (service: string) =>
  policy({ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" });

let roadstead: TestRoadstead;
let root: Party;

beforeAll(async () => {
  roadstead = await testRoadstead();
  root = rootParty(roadstead.url, account);
}, 60_000);

afterAll(async () => {
  leave(root);
  await roadstead.stop();
});

test.skipIf(missing("aws"))(
  "the AWS CLI makes a template, with it the role; a push makes the repository as the role; the role stays in use",
  async () => {
    const env = roadstead.environment(account);
    const aws = (...args: string[]) => command("aws", args, { env });
    // biome-ignore format: a command line
    const made = await aws("ecr", "create-repository-creation-template", "--prefix", "team", "--applied-for",
      "CREATE_ON_PUSH", "--image-tag-mutability", "IMMUTABLE");
    expect(made.stderr).toBe("");
    expect(JSON.parse(made.stdout)).toMatchObject({
      registryId: account,
      repositoryCreationTemplate: { prefix: "team", imageTagMutability: "IMMUTABLE" },
    });
    const { Role } = await root.iam.send(new GetRoleCommand({ RoleName: roleName }));
    expect(Role?.Path).toBe("/aws-service-role/ecr.amazonaws.com/");

    await push(root, "team/app", "v1");
    const { repositories } = await root.ecr.send(new DescribeRepositoriesCommand({}));
    expect(repositories).toMatchObject([{ repositoryName: "team/app", imageTagMutability: "IMMUTABLE" }]);
    expect(await recorded(root, "CreateRepository")).toMatchObject([
      {
        userIdentity: {
          type: "AssumedRole",
          arn: expect.stringContaining(`:assumed-role/${roleName}/`),
          invokedBy: "ecr.amazonaws.com",
        },
      },
    ]);

    const deleting = await aws("iam", "delete-service-linked-role", "--role-name", roleName);
    const { DeletionTaskId = "" } = JSON.parse(deleting.stdout);
    const status = async () => {
      // biome-ignore format: a command line
      const answer = await aws("iam", "get-service-linked-role-deletion-status", "--deletion-task-id", DeletionTaskId);
      return answer.code === 0 ? JSON.parse(answer.stdout) : {};
    };
    await expect.poll(status, { timeout: 30_000, interval: 300 }).toMatchObject({
      Status: "FAILED",
      Reason: {
        RoleUsageList: [{ Region: "us-east-1", Resources: [expect.stringContaining("template/team")] }],
      },
    });
    await root.ecr.send(new DeleteRepositoryCreationTemplateCommand({ prefix: "team" }));
  },
  120_000,
);

test("a role of one's own makes repositories with tags, while it trusts ECR and may", async () => {
  const RoleName = "templates";
  await root.iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusts("ec2.amazonaws.com") }),
  );
  const rule = {
    rulePriority: 1,
    selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 14 },
    action: { type: "expire" },
  };
  const lifecyclePolicy = JSON.stringify({ rules: [rule] });
  await root.ecr.send(
    new CreateRepositoryCreationTemplateCommand({
      prefix: "own",
      appliedFor: ["CREATE_ON_PUSH"],
      resourceTags: [{ Key: "team", Value: "blue" }],
      lifecyclePolicy,
      customRoleArn: `arn:aws:iam::${account}:role/${RoleName}`,
    }),
  );
  const trying = () => push(root, "own/app", "v1");
  await expect(trying(), "the role does not trust ECR").rejects.toThrow("sts:AssumeRole");
  await root.iam.send(
    new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trusts("ecr.amazonaws.com") }),
  );
  const allow = (...actions: string[]) =>
    root.iam.send(
      new PutRolePolicyCommand({
        RoleName,
        PolicyName: "own",
        PolicyDocument: policy({ Effect: "Allow", Action: actions, Resource: "*" }),
      }),
    );
  await allow("ecr:CreateRepository");
  await expect(trying(), "the role may not tag").rejects.toThrow("ecr:TagResource");
  await allow("ecr:CreateRepository", "ecr:TagResource");
  await trying();
  const { tags } = await root.ecr.send(
    new ListTagsForResourceCommand({
      resourceArn: `arn:aws:ecr:us-east-1:${account}:repository/own/app`,
    }),
  );
  expect(tags).toEqual([{ Key: "team", Value: "blue" }]);
  const kept = await root.ecr.send(new GetLifecyclePolicyCommand({ repositoryName: "own/app" }));
  expect(JSON.parse(kept.lifecyclePolicyText ?? "")).toEqual({ rules: [rule] });
}, 60_000);
