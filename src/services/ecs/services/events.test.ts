import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { systemRandom } from "../../../kernel/random.ts";
import { addEvents, type ServiceEvent } from "./events.ts";
import { faringRuntime, serviceWorld } from "./world.testing.ts";

describe("what a service shows of its past", () => {
  test("is the last hundred, newest first", () => {
    let events: readonly ServiceEvent[] = [];
    for (let number = 0; number < 60; number++) {
      events = addEvents(events, [`${number} a`, `${number} b`], { now: number, random: systemRandom });
    }
    expect(events).toHaveLength(100);
    expect(events.slice(0, 3).map(({ message }) => message)).toEqual(["59 b", "59 a", "58 b"]);
    expect(events.at(-1)?.message).toBe("10 a");
  });
});

describe("what EventBridge hears of a service", { timeout: 60_000 }, () => {
  let roadstead: TestRoadstead;
  beforeAll(async () => {
    roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { fargate: faringRuntime });
  });
  afterAll(() => roadstead?.stop());

  test("is each step of its deployments, and its steady states", async () => {
    const world = await serviceWorld(roadstead);
    const logs = new CloudWatchLogsClient(world.settings);
    const events = new EventBridgeClient(world.settings);
    const group = "/aws/events/ecs";
    const Arn = `arn:aws:logs:us-east-1:${world.account}:log-group:${group}`;
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
              Resource: `${Arn}:*`,
            },
          ],
        }),
      }),
    );
    const types = ["ECS Service Action", "ECS Deployment State Change"];
    const EventPattern = JSON.stringify({ source: ["aws.ecs"], "detail-type": types });
    await events.send(new PutRuleCommand({ Name: "services", EventPattern }));
    await events.send(new PutTargetsCommand({ Rule: "services", Targets: [{ Id: "log", Arn }] }));

    await world.create({ desiredCount: 1 });
    const { deployments: [deployment] = [], serviceArn = "" } = await world.steady();
    await world.update({ desiredCount: 2 });
    const heard = async () => {
      const { events: lines = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: group }));
      return lines.map(({ message = "" }) => JSON.parse(message));
    };
    let all = await heard();
    while (all.filter(({ detail }) => detail.eventName === "SERVICE_STEADY_STATE").length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      all = await heard();
    }
    expect(new Set(all.map(({ resources }) => resources[0]))).toEqual(new Set([serviceArn]));
    const named = (name: string) => all.find(({ detail }) => detail.eventName === name);
    const time = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
    expect(named("SERVICE_DEPLOYMENT_IN_PROGRESS")).toMatchObject({
      "detail-type": "ECS Deployment State Change",
      detail: {
        eventType: "INFO",
        eventName: "SERVICE_DEPLOYMENT_IN_PROGRESS",
        deploymentId: deployment?.id,
        updatedAt: time,
        reason: `ECS deployment ${deployment?.id} in progress.`,
      },
    });
    expect(named("SERVICE_DEPLOYMENT_COMPLETED")?.detail.reason).toBe(
      `ECS deployment ${deployment?.id} completed.`,
    );
    expect(named("SERVICE_STEADY_STATE")).toMatchObject({
      "detail-type": "ECS Service Action",
      detail: {
        eventType: "INFO",
        eventName: "SERVICE_STEADY_STATE",
        clusterArn: `arn:aws:ecs:us-east-1:${world.account}:cluster/default`,
        createdAt: time,
      },
    });
    expect(named("SERVICE_DESIRED_COUNT_UPDATED")).toBeDefined();
  });
});
