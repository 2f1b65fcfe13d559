import { CloudWatchLogsClient, PutDestinationCommand } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { ECSClient, ListGatewaysCommand } from "@aws-sdk/client-ecs";
import { SendCommandCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

let roadstead: TestRoadstead;
beforeAll(async () => {
  roadstead = await testRoadstead();
});
afterAll(() => roadstead.stop());

const settings = () => ({ ...roadstead.client(), maxAttempts: 1 });

test.each([
  [
    "ec2:RunInstances",
    () => new EC2Client(settings()).send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1 })),
  ],
  ["ssm:SendCommand", () => new SSMClient(settings()).send(new SendCommandCommand({ DocumentName: "d" }))],
  [
    "logs:PutDestination",
    () =>
      new CloudWatchLogsClient(settings()).send(
        new PutDestinationCommand({ destinationName: "d", targetArn: "t", roleArn: "r" }),
      ),
  ],
  ["ecs:ListGateways", () => new ECSClient(settings()).send(new ListGatewaysCommand({}))],
])("%s is said to be missing", async (operation, call) => {
  await expect(call()).rejects.toMatchObject({
    name: "NotImplemented",
    message: `Roadstead does not implement ${operation} yet. See docs/coverage.md.`,
    $metadata: { httpStatusCode: 501 },
  });
});
