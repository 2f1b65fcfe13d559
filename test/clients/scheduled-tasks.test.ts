import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { movableClock } from "../../src/kernel/clock.ts";
import { minute } from "../../src/kernel/duration.ts";
import { eventually } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** A task by the clock: a rule's schedule runs it, as the role of the target. */

const clock = movableClock();
let roadstead: TestRoadstead;
beforeAll(async () => {
  roadstead = await testRoadstead({ ecsRuntime: "memory" }, { clock });
});
afterAll(() => roadstead?.stop());

test("a schedule runs a task in a subnet, as a role that may", async () => {
  const settings = roadstead.client();
  const [ecs, events, iam, ec2] = [
    new ECSClient(settings),
    new EventBridgeClient(settings),
    new IAMClient(settings),
    new EC2Client(settings),
  ];
  const { cluster } = await ecs.send(new CreateClusterCommand({ clusterName: "harbour" }));
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "sweep",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions: [{ name: "main", image: "sweep" }],
    }),
  );
  const trust = { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sts:AssumeRole" };
  const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: "boatswain", AssumeRolePolicyDocument: document(trust) }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: "boatswain",
      PolicyName: "run",
      PolicyDocument: document({
        Effect: "Allow",
        Action: "ecs:RunTask",
        Resource: taskDefinition?.taskDefinitionArn,
      }),
    }),
  );
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
  await events.send(new PutRuleCommand({ Name: "nightly", ScheduleExpression: "rate(5 minutes)" }));
  const target = {
    Id: "sweep",
    Arn: cluster?.clusterArn,
    EcsParameters: {
      TaskDefinitionArn: taskDefinition?.taskDefinitionArn,
      LaunchType: "FARGATE" as const,
      NetworkConfiguration: { awsvpcConfiguration: { Subnets: [Subnets?.[0]?.SubnetId ?? ""] } },
    },
  };
  await expect(
    events.send(new PutTargetsCommand({ Rule: "nightly", Targets: [target] })),
  ).rejects.toMatchObject({
    message: expect.stringContaining("RoleArn is required for target"),
  });
  await events.send(new PutTargetsCommand({ Rule: "nightly", Targets: [{ ...target, RoleArn: Role?.Arn }] }));
  clock.advance(6 * minute);
  const startedBy = "events-rule/nightly";
  let arns: string[] = [];
  await eventually(30, async () => {
    arns = (await ecs.send(new ListTasksCommand({ cluster: "harbour", startedBy }))).taskArns ?? [];
    return arns.length > 0;
  });
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: "harbour", tasks: arns }));
  expect(tasks).toMatchObject([
    { startedBy, launchType: "FARGATE", taskDefinitionArn: taskDefinition?.taskDefinitionArn },
  ]);
  for (const client of [ecs, events, iam, ec2]) client.destroy();
}, 60_000);
