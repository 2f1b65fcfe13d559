import { setTimeout as wait } from "node:timers/promises";
import { CreateLogGroupCommand, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import {
  DescribeTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
  waitUntilTasksRunning,
} from "@aws-sdk/client-ecs";
import { AttachRolePolicyCommand, CreateRoleCommand } from "@aws-sdk/client-iam";
import { cluster, family, type Harbour, logGroup } from "../harbour.ts";
import { roleCalls } from "../role-calls.ts";
import { webPort } from "../web-image.ts";
import { pushWebImage, registerWeb } from "../web-task.ts";

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" },
  ],
});
const executionPolicy = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

/** From an image to a page, a log and a role of the task's own. @returns the repository. */
export async function oneTask(harbour: Harbour): Promise<string> {
  const { stage, home, subnetId } = harbour;
  stage.chapter("One task, and everything it needs");
  const { repository } = await home.ecr.send(new CreateRepositoryCommand({ repositoryName: family }));
  const uri = repository?.repositoryUri ?? "";
  await stage.step(
    `docker push ${uri}:v1`,
    () => pushWebImage(home, uri, "v1"),
    (digest) => `pushed ${digest}`,
  );
  await stage.step(
    `aws iam create-role --role-name demo-execution; aws iam create-role --role-name demo-task; aws logs create-log-group --log-group-name ${logGroup}`,
    async () => {
      for (const RoleName of ["demo-execution", "demo-task"]) {
        await home.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
      }
      await home.iam.send(
        new AttachRolePolicyCommand({ RoleName: "demo-execution", PolicyArn: executionPolicy }),
      );
      await home.logs.send(new CreateLogGroupCommand({ logGroupName: logGroup }));
    },
    () =>
      "the execution role pulls the image and writes the log; the task role is what the program itself may do",
  );
  await stage.step(
    "aws ecs register-task-definition --cli-input-json file://web.json",
    () => registerWeb(home, `${uri}:v1`),
    (arn) => arn,
  );
  const started = await stage.step(
    `aws ecs run-task --cluster ${cluster} --task-definition ${family} --launch-type FARGATE --network-configuration 'awsvpcConfiguration={subnets=[${subnetId}]}'`,
    () =>
      home.ecs.send(
        new RunTaskCommand({
          cluster,
          taskDefinition: family,
          launchType: "FARGATE",
          networkConfiguration: { awsvpcConfiguration: { subnets: [subnetId] } },
        }),
      ),
    ({ tasks = [] }) => `${tasks[0]?.taskArn} ${tasks[0]?.lastStatus}`,
  );
  const taskArn = started.tasks?.[0]?.taskArn ?? "";
  const task = await stage.step(
    `aws ecs wait tasks-running --cluster ${cluster} --tasks ${taskArn}`,
    () => running(harbour, taskArn),
    (found) => `${found.lastStatus}, ${addressOf(found)}`,
  );
  const page = `http://${addressOf(task)}:${webPort}/`;
  const answer = await stage.step(
    `curl ${page}`,
    () => fetchPage(page),
    (text) => text ?? "(this host has no route to the addresses of its containers; they have one another's)",
  );
  const lines = await stage.step(
    `aws logs tail ${logGroup}`,
    () => logLines(harbour, 2),
    (found) => found.join("\n"),
  );
  if (
    !lines.includes(`task ${taskArn}`) ||
    !lines.includes(`role arn:aws:iam::${home.account}:role/demo-task`)
  ) {
    throw new Error("the task does not know who it is");
  }
  await stage.step(
    `aws cloudtrail lookup-events   # what ECS did as its role`,
    () => roleCalls(home),
    (found) => found.join("\n"),
  );
  await home.ecs.send(new StopTaskCommand({ cluster, task: taskArn, reason: "seen enough" }));
  const answers = answer === undefined ? "runs" : "answers at an address of the subnet";
  stage.proved(`an image of this registry, pulled by the execution role, ${answers}`);
  stage.proved("from inside: metadata, and credentials of the task role; outside: its log");
  stage.proved("the network interface is made by the service-linked role, call by call in the audit trail");
  return uri;
}

async function running({ home }: Harbour, taskArn: string): Promise<Task> {
  const asked = { cluster, tasks: [taskArn] };
  await waitUntilTasksRunning({ client: home.ecs, minDelay: 1, maxDelay: 1, maxWaitTime: 60 }, asked);
  const { tasks: [task] = [] } = await home.ecs.send(new DescribeTasksCommand(asked));
  if (task === undefined) throw new Error("the task is gone");
  return task;
}

function addressOf(task: Task): string {
  return task.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address ?? "";
}

/** The page once the server answers. Where the engine is in a virtual machine, its addresses are not the host's. */
async function fetchPage(url: string): Promise<string | undefined> {
  for (let i = 0; i < 20; i++) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    if (answer?.ok === true) return (await answer.text()).trim();
    await wait(250);
  }
  return undefined;
}

async function logLines({ home }: Harbour, atLeast: number): Promise<string[]> {
  for (let i = 0; i < 100; i++) {
    const { events = [] } = await home.logs.send(new FilterLogEventsCommand({ logGroupName: logGroup }));
    if (events.length >= atLeast) return events.map(({ message = "" }) => message);
    await wait(100);
  }
  throw new Error("the task wrote no log");
}
