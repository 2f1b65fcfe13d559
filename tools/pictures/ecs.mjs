// The pages of ECS, with a service that runs.
import { setTimeout as wait } from "node:timers/promises";
import { CreateDefaultVpcCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";

/** Name of the picture, address, and what is done before it is taken. */
export const ecsPages = [
  ["service", "/ecs/clusters/harbour/services/lift"],
  ["terminal", "/ecs/clusters/harbour?tab=tasks", openTerminal],
  ["create-task-definition", "/ecs/create-task-definition?from=lift:2"],
  ["create-service", "/ecs/clusters/harbour", openForm],
];

async function openTerminal(page) {
  await page
    .getByRole("link", { name: /^[0-9a-f]{32}$/ })
    .first()
    .click();
  await page.getByRole("link", { name: "Execute command" }).click();
  await page.getByLabel("Command").fill('sh -c "echo $ uname; echo Linux; serve"');
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByText("The session has started.").waitFor();
  await page.waitForTimeout(1_000);
}

async function openForm(page) {
  await page.getByRole("button", { name: "Create service" }).click();
  await page.getByRole("dialog").getByLabel("Service name").fill("pilot");
}

/** A service of two tasks, deployed twice. */
export async function furnishEcs(settings) {
  const ecs = new ECSClient(settings);
  const ec2 = new EC2Client(settings);
  const iam = new IAMClient(settings);
  const document = (statement) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const { Role: role } = await iam.send(
    new CreateRoleCommand({
      RoleName: "lift",
      AssumeRolePolicyDocument: document({
        Principal: { Service: "ecs-tasks.amazonaws.com" },
        Action: "sts:AssumeRole",
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: "lift",
      PolicyName: "exec",
      PolicyDocument: document({ Action: "ssmmessages:*", Resource: "*" }),
    }),
  );
  await ec2.send(new CreateDefaultVpcCommand({})).catch(() => undefined);
  const { Subnets: subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  for (const image of ["busybox:1", "busybox:2"]) {
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "lift",
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: "256",
        memory: "512",
        taskRoleArn: role.Arn,
        containerDefinitions: [{ name: "app", image, command: ["serve"], essential: true }],
      }),
    );
  }
  const service = { cluster: "harbour", serviceName: "lift" };
  await ecs.send(
    new CreateServiceCommand({
      ...service,
      taskDefinition: "lift:2",
      desiredCount: 3,
      launchType: "FARGATE",
      enableExecuteCommand: true,
      networkConfiguration: { awsvpcConfiguration: { subnets: [subnets[0].SubnetId] } },
    }),
  );
  for (let tries = 0; tries < 100; tries++) {
    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: "harbour", services: ["lift"] }),
    );
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: "harbour" }));
    if (services[0].runningCount === 3 && taskArns.length === 3) return;
    await wait(200);
  }
  throw new Error("the service did not start");
}
