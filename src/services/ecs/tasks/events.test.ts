import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { StopTaskCommand } from "@aws-sdk/client-ecs";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { scriptedRuntime } from "../../../control/tasks/runtime.testing.ts";
import { taskWorld } from "./world.testing.ts";

let roadstead: TestRoadstead;
beforeAll(async () => {
  roadstead = await testRoadstead({}, { fargate: (sink) => scriptedRuntime(sink) });
});
afterAll(() => roadstead?.stop());

interface TaskEvent {
  readonly "detail-type": string;
  readonly source: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>> & { readonly version: number };
}

test("each change of a task is an event on the default bus, worded as AWS's", {
  timeout: 60_000,
}, async () => {
  const world = await taskWorld(roadstead);
  const logs = new CloudWatchLogsClient(world.settings);
  const events = new EventBridgeClient(world.settings);
  const group = "/aws/events/tasks";
  const groupArn = `arn:aws:logs:us-east-1:${world.account}:log-group:${group}`;
  await logs.send(new CreateLogGroupCommand({ logGroupName: group }));
  await logs.send(
    new PutResourcePolicyCommand({
      policyName: "events",
      policyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: `${groupArn}:*`,
          },
        ],
      }),
    }),
  );
  const pattern = { source: ["aws.ecs"], "detail-type": ["ECS Task State Change"] };
  await events.send(new PutRuleCommand({ Name: "tasks", EventPattern: JSON.stringify(pattern) }));
  await events.send(new PutTargetsCommand({ Rule: "tasks", Targets: [{ Id: "logs", Arn: groupArn }] }));

  const { taskArn = "" } = await world.run();
  await world.reached(taskArn, "RUNNING");
  await world.ecs.send(new StopTaskCommand({ task: taskArn, reason: "enough" }));
  await world.reached(taskArn, "STOPPED");

  let told: readonly TaskEvent[] = [];
  await expect
    .poll(
      async () => {
        const found = await logs.send(new FilterLogEventsCommand({ logGroupName: group }));
        told = (found.events ?? []).map(({ message = "" }) => JSON.parse(message));
        return told.length;
      },
      { timeout: 30_000 },
    )
    .toBe(6);
  const inOrder = [...told].sort((a, b) => a.detail.version - b.detail.version);
  expect(inOrder.map(({ detail }) => [detail.version, detail.desiredStatus, detail.lastStatus])).toEqual([
    [1, "RUNNING", "PROVISIONING"],
    [2, "RUNNING", "PENDING"],
    [3, "RUNNING", "RUNNING"],
    [4, "STOPPED", "RUNNING"],
    [5, "STOPPED", "DEPROVISIONING"],
    [6, "STOPPED", "STOPPED"],
  ]);
  const stopping = inOrder[3];
  expect(stopping).toMatchObject({
    "detail-type": "ECS Task State Change",
    source: "aws.ecs",
    resources: [taskArn],
  });
  // The members of the event that was captured of a task told to stop, but for those of its own containers.
  expect(Object.keys(stopping?.detail ?? {}).sort()).toEqual(
    [
      ...["attachments", "attributes", "availabilityZone", "clusterArn", "connectivity", "connectivityAt"],
      ...["containers", "cpu", "createdAt", "desiredStatus", "enableExecuteCommand", "ephemeralStorage"],
      ...["group", "lastStatus", "launchType", "memory", "overrides", "platformVersion", "startedAt"],
      ...["stopCode", "stoppedReason", "stoppingAt", "taskArn", "taskDefinitionArn", "updatedAt", "version"],
    ].sort(),
  );
  expect(stopping?.detail).toMatchObject({
    attachments: [{ type: "eni", status: "ATTACHED" }],
    containers: [{ name: "main", lastStatus: "RUNNING", cpu: "0", taskArn }],
    overrides: { containerOverrides: [{ name: "main" }] },
    stoppingAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
});
