import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  ListTagsForResourceCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetRoleCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { faringRuntime, serviceWorld } from "./world.testing.ts";

let roadstead: TestRoadstead;
let accounts = 0;

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { fargate: faringRuntime });
});
afterAll(() => roadstead?.stop());

/** A user of a new account who may do everything with ECS, and what else is said. */
async function someone(more: readonly object[]) {
  const account = String(400_000_000_000 + ++accounts);
  const settings = roadstead.client(account);
  const iam = new IAMClient(settings);
  await iam.send(new CreateUserCommand({ UserName: "ann" }));
  const document = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["ecs:*", "ec2:Describe*"], Resource: "*" }, ...more],
  };
  await iam.send(
    new PutUserPolicyCommand({ UserName: "ann", PolicyName: "p", PolicyDocument: JSON.stringify(document) }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
  const ecs = new ECSClient({ ...settings, credentials, maxAttempts: 1 });
  const { Subnets } = await new EC2Client(settings).send(new DescribeSubnetsCommand({}));
  const containerDefinitions = [{ name: "main", image: "web:1", memory: 64 }];
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "web",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions,
    }),
  );
  await ecs.send(new RegisterTaskDefinitionCommand({ family: "bridge", containerDefinitions }));
  return {
    ecs,
    role: () =>
      iam.send(new GetRoleCommand({ RoleName: "AWSServiceRoleForECS" })).then(
        ({ Role }) => Role?.RoleName,
        () => undefined,
      ),
    create: (serviceName: "web" | "bridge") =>
      ecs.send(
        new CreateServiceCommand({
          serviceName,
          taskDefinition: serviceName,
          desiredCount: 0,
          ...(serviceName === "web" && {
            launchType: "FARGATE",
            networkConfiguration: {
              awsvpcConfiguration: { subnets: [Subnets?.[0]?.SubnetId ?? ""] },
            },
          }),
        }),
      ),
  };
}

const viaEcs = {
  Effect: "Allow",
  Action: "iam:CreateServiceLinkedRole",
  Resource: "*",
  Condition: { "ForAnyValue:StringEquals": { "aws:CalledVia": "ecs.amazonaws.com" } },
};

describe("the service-linked role", () => {
  test("is made by CreateService with the caller's own identity, forwarded", async () => {
    const ann = await someone([viaEcs]);
    await ann.ecs.send(new CreateClusterCommand({}));
    expect(await ann.role()).toBe("AWSServiceRoleForECS");
    const { service } = await ann.create("web");
    expect(service?.roleArn).toMatch(/:role\/aws-service-role\/ecs\.amazonaws\.com\/AWSServiceRoleForECS$/);
  });

  test("is needed by services with interfaces, and by no others", async () => {
    const ann = await someone([]);
    await ann.ecs.send(new CreateClusterCommand({}));
    expect(await ann.role()).toBeUndefined();
    await expect(ann.create("web")).rejects.toMatchObject({
      name: "InvalidParameterException",
      message:
        "Unable to assume the service linked role. Please verify that the ECS service linked role exists.",
    });
    const { service } = await ann.create("bridge");
    expect(service).not.toHaveProperty("roleArn");
    expect(await ann.role()).toBeUndefined();
    const found = await ann.ecs.send(new DescribeServicesCommand({ services: ["web", "bridge"] }));
    expect(found.services?.map(({ serviceName }) => serviceName)).toEqual(["bridge"]);
  });
});

describe("tags of a service's tasks", () => {
  test("are those of the service when they are propagated, and ECS's own", async () => {
    const world = await serviceWorld(roadstead);
    await world.create({
      desiredCount: 1,
      tags: [{ key: "team", value: "a" }],
      propagateTags: "SERVICE",
      enableECSManagedTags: true,
    });
    await world.steady();
    const [task] = await world.tasks();
    const { tags } = await world.ecs.send(
      new ListTagsForResourceCommand({ resourceArn: task?.taskArn ?? "" }),
    );
    expect(tags).toEqual([
      { key: "team", value: "a" },
      { key: "aws:ecs:clusterName", value: "default" },
      { key: "aws:ecs:serviceName", value: "web" },
    ]);
  });
});
