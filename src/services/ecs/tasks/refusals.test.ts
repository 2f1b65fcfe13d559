import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StartTaskCommand,
  StopTaskCommand,
  UpdateTaskProtectionCommand,
} from "@aws-sdk/client-ecs";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteServiceLinkedRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataDirectory, type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { scriptedRuntime } from "../../../control/tasks/runtime.testing.ts";
import { openManagedPolicies } from "../../iam/managed-policy-catalogue.ts";
import { type TaskWorld, taskWorld } from "./world.testing.ts";

let roadstead: TestRoadstead;
let world: TaskWorld;
let unavailable: string | undefined;

beforeAll(async () => {
  roadstead = await testRoadstead(
    {},
    { fargate: (sink) => scriptedRuntime(sink, { unavailable: () => unavailable }) },
  );
  world = await taskWorld(roadstead);
  const elsewhere = new ECSClient(roadstead.client("222222222222"));
  await elsewhere.send(new CreateClusterCommand({}));
  await new ECSClient(roadstead.client(world.account, "eu-west-1")).send(new CreateClusterCommand({}));
  await world.register({ family: "bridge", networkMode: "bridge", requiresCompatibilities: ["EC2"] });
  await world.register({ family: "inactive" });
  await world.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "inactive:1" }));
});
afterAll(() => roadstead?.stop());

const network = (more: object) => ({
  networkConfiguration: { awsvpcConfiguration: { subnets: world.subnets.slice(0, 1), ...more } },
});

describe("RunTask refuses", () => {
  test.each<[string, () => Partial<RunTaskCommandInput>, string, string | RegExp]>([
    ["an absent cluster", () => ({ cluster: "none" }), "ClusterNotFoundException", "Cluster not found."],
    [
      "a cluster of another account",
      () => ({ cluster: "arn:aws:ecs:us-east-1:222222222222:cluster/default" }),
      "ClusterNotFoundException",
      "Cluster not found.",
    ],
    [
      "a cluster of another region",
      () => ({ cluster: `arn:aws:ecs:eu-west-1:${world.account}:cluster/default` }),
      "ClusterNotFoundException",
      "Cluster not found.",
    ],
    [
      "an absent definition",
      () => ({ taskDefinition: "none" }),
      "ClientException",
      "TaskDefinition not found.",
    ],
    [
      "an inactive one",
      () => ({ taskDefinition: "inactive:1" }),
      "ClientException",
      "TaskDefinition is inactive",
    ],
    [
      "no network",
      () => ({ networkConfiguration: undefined }),
      "InvalidParameterException",
      "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ],
    ["no subnets", () => network({ subnets: [] }), "InvalidParameterException", "subnets can not be empty."],
    [
      "a network for bridge mode",
      () => ({ taskDefinition: "bridge", launchType: "EC2" }),
      "InvalidParameterException",
      "Network Configuration is not valid for the given networkMode of this task definition.",
    ],
    [
      "subnets that there are not",
      () => network({ subnets: ["subnet-0123456789abcdef0"] }),
      "InvalidParameterException",
      "Error retrieving subnet information for [subnet-0123456789abcdef0]: The subnet ID 'subnet-0123456789abcdef0' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
    ],
    [
      "security groups that there are not",
      () => network({ securityGroups: ["sg-0123456789abcdef0"] }),
      "InvalidParameterException",
      /^Error retrieving security group information for \[sg-0123456789abcdef0\]: .*InvalidGroup.NotFound/,
    ],
    [
      "too many security groups",
      () => network({ securityGroups: Array(6).fill("sg-1") }),
      "InvalidParameterException",
      "securityGroups can have at most 5 items.",
    ],
    [
      "a launch type beside a strategy",
      () => ({ capacityProviderStrategy: [{ capacityProvider: "FARGATE" }] }),
      "InvalidParameterException",
      "Specify either Launch Type or Capacity Provider Strategy, but not both.",
    ],
    [
      "a provider that the cluster has not",
      () => ({ launchType: undefined, capacityProviderStrategy: [{ capacityProvider: "FARGATE" }] }),
      "InvalidParameterException",
      /not associated with the cluster/,
    ],
    [
      "an EC2 definition on Fargate",
      () => ({ taskDefinition: "bridge", networkConfiguration: undefined }),
      "InvalidParameterException",
      "Task definition does not support launch_type FARGATE.",
    ],
    [
      "placement on Fargate",
      () => ({ placementConstraints: [{ type: "distinctInstance" }] }),
      "InvalidParameterException",
      "Placement constraints are not supported with FARGATE launch type.",
    ],
    [
      "a platform that there is not",
      () => ({ platformVersion: "9.9.9" }),
      "PlatformUnknownException",
      "The specified platform version does not exist.",
    ],
    ["too many tasks", () => ({ count: 11 }), "InvalidParameterException", "count must be between 1 and 10."],
    ["no task", () => ({ count: 0 }), "InvalidParameterException", "count must be between 1 and 10."],
    [
      "an override of nothing",
      () => ({ overrides: { containerOverrides: [{ name: "other" }] } }),
      "InvalidParameterException",
      "Override for container named other is not a container in the TaskDefinition.",
    ],
    [
      "a service's group",
      () => ({ group: "service:web" }),
      "InvalidParameterException",
      /^group can not begin/,
    ],
    ["a bad token", () => ({ clientToken: "a b" }), "InvalidParameterException", /^clientToken can have/],
    [
      "Amazon EBS",
      () => ({
        volumeConfigurations: [{ name: "v", managedEBSVolume: { roleArn: "arn:aws:iam::1:role/r" } }],
      }),
      "UnsupportedFeatureException",
      /volumeConfigurations is not supported/,
    ],
    [
      "an instance where there is none",
      () => ({ taskDefinition: "bridge", launchType: "EC2", networkConfiguration: undefined }),
      "InvalidParameterException",
      "No Container Instances were found in your cluster.",
    ],
  ])("%s", async (_, more, name, message) => {
    const call = world.ecs.send(new RunTaskCommand(world.fargate(more())));
    await expect(call).rejects.toMatchObject({
      name,
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });

  test("Fargate where nothing can run it, with the reason", async () => {
    unavailable = "the Docker Engine does not answer";
    await expect(world.run()).rejects.toMatchObject({
      name: "UnsupportedFeatureException",
      message: "Roadstead cannot run tasks on Fargate: the Docker Engine does not answer",
    });
    unavailable = undefined;
  });

  test("Fargate where no runtime was wanted", async () => {
    const without = await testRoadstead({ ecsRuntime: "none" });
    try {
      await expect((await taskWorld(without)).run()).rejects.toMatchObject({
        name: "UnsupportedFeatureException",
        message: "Roadstead cannot run tasks on Fargate: the setting ecsRuntime is none",
      });
    } finally {
      await without.stop();
    }
  });

  test.each<[string, string, object]>([
    ["that is not there", "absent", {}],
    ["that does not trust tasks", "ec2-only", { Service: "ec2.amazonaws.com" }],
    [
      "that trusts the tasks of one cluster only",
      "one-cluster",
      {
        Service: "ecs-tasks.amazonaws.com",
        Condition: { "aws:SourceArn": "arn:aws:ecs:*:*:task/default/*" },
      },
    ],
  ])("a role %s", async (_, name, trust) => {
    const { Condition, ...Principal } = trust as { Condition?: object };
    if (name !== "absent") {
      await new IAMClient(world.settings).send(
        new CreateRoleCommand({
          RoleName: name,
          AssumeRolePolicyDocument: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal,
                Action: "sts:AssumeRole",
                ...(Condition && { Condition: { ArnLike: Condition } }),
              },
            ],
          }),
        }),
      );
    }
    const taskRoleArn = `arn:aws:iam::${world.account}:role/${name}`;
    await expect(world.run(world.fargate({ overrides: { taskRoleArn } }))).rejects.toMatchObject({
      name: "ClientException",
      message: `ECS was unable to assume the role '${taskRoleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
    });
  });
});

describe("without the service-linked role", () => {
  test("there is no task with an interface", async () => {
    const other = await taskWorld(roadstead);
    const iam = new IAMClient(other.settings);
    await other.ecs.send(new DeleteClusterCommand({ cluster: "default" }));
    const { DeletionTaskId } = await iam.send(
      new DeleteServiceLinkedRoleCommand({ RoleName: "AWSServiceRoleForECS" }),
    );
    await expect
      .poll(
        async () =>
          (await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }))).Status,
        { timeout: 20_000 },
      )
      .toBe("SUCCEEDED");
    // A cluster whose creator may not create the role: the role stays away.
    await iam.send(new CreateUserCommand({ UserName: "ecs-only" }));
    await iam.send(
      new PutUserPolicyCommand({
        UserName: "ecs-only",
        PolicyName: "ecs",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "ecs:*", Resource: "*" }],
        }),
      }),
    );
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "ecs-only" }));
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    await new ECSClient({ ...other.settings, credentials }).send(new CreateClusterCommand({}));
    await expect(other.run()).rejects.toMatchObject({
      name: "InvalidParameterException",
      message:
        "Unable to assume the service linked role. Please verify that the ECS service linked role exists.",
    });
  });

  test("a task whose interface the role may not make stops, with EC2's code", async () => {
    const whole = openManagedPolicies(dataDirectory);
    const lacking = {
      list: () => whole.list(),
      get(arn: string) {
        const policy = whole.get(arn);
        if (!arn.endsWith("/AmazonECSServiceRolePolicy") || policy === undefined) return policy;
        return { ...policy, document: policy.document.replace(/"ec2:CreateNetworkInterface",/, "") };
      },
    };
    const poorer = await testRoadstead(
      {},
      { managedPolicies: lacking, fargate: (sink) => scriptedRuntime(sink) },
    );
    try {
      const poor = await taskWorld(poorer);
      const { taskArn } = await poor.run();
      expect(await poor.reached(taskArn, "STOPPED")).toMatchObject({
        stopCode: "TaskFailedToStart",
        stoppedReason: `Unexpected EC2 error while attempting to Create Network Interface with public IP assignment disabled in subnet '${poor.subnets[0]}': UnauthorizedOperation`,
        containers: [{ lastStatus: "STOPPED" }],
      });
    } finally {
      await poorer.stop();
    }
  });
});

describe("other calls", () => {
  test("name tasks that there are not", async () => {
    const id = "0".repeat(32);
    expect(await world.ecs.send(new DescribeTasksCommand({ tasks: [id] }))).toMatchObject({
      tasks: [],
      failures: [{ arn: `arn:aws:ecs:us-east-1:${world.account}:task/default/${id}`, reason: "MISSING" }],
    });
    await expect(world.ecs.send(new StopTaskCommand({ task: id }))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "The referenced task was not found.",
    });
    const protect = { cluster: "default", tasks: [id], protectionEnabled: true };
    expect((await world.ecs.send(new UpdateTaskProtectionCommand(protect))).failures).toMatchObject([
      { reason: "MISSING" },
    ]);
  });

  test("protect only tasks of services", async () => {
    const { taskArn = "" } = await world.run();
    const protect = { cluster: "default", tasks: [taskArn], protectionEnabled: true };
    expect((await world.ecs.send(new UpdateTaskProtectionCommand(protect))).failures).toEqual([
      { arn: taskArn, reason: "TASK_NOT_VALID" },
    ]);
  });

  test.each<[string, object, string]>([
    ["a page too large", { maxResults: 101 }, "Max results can not be greater than 100"],
    ["startedBy and more", { startedBy: "a", family: "b" }, "startedBy must be the only filter."],
  ])("list with %s", async (_, input, message) => {
    await expect(world.ecs.send(new ListTasksCommand(input))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message,
    });
  });

  test("start tasks on instances that there are not", async () => {
    const id = "1".repeat(32);
    const input = { taskDefinition: "bridge", containerInstances: [id] };
    expect(await world.ecs.send(new StartTaskCommand(input))).toMatchObject({
      tasks: [],
      failures: [
        { arn: `arn:aws:ecs:us-east-1:${world.account}:container-instance/default/${id}`, reason: "MISSING" },
      ],
    });
  });
});
