import { CloudWatchLogsClient, PutDestinationCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateVolumeCommand, EC2Client } from "@aws-sdk/client-ec2";
import { SendCommandCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendSigned } from "./failure/signed.ts";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

let roadstead: TestRoadstead;
beforeAll(async () => {
  roadstead = await testRoadstead();
});
afterAll(() => roadstead.stop());

const settings = () => ({ ...roadstead.client(), maxAttempts: 1 });

test.each([
  [
    "ec2:CreateVolume",
    () => new EC2Client(settings()).send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a" })),
  ],
  ["ssm:SendCommand", () => new SSMClient(settings()).send(new SendCommandCommand({ DocumentName: "d" }))],
])("%s is said to be missing", async (operation, call) => {
  await expect(call()).rejects.toMatchObject({
    name: "NotImplemented",
    message: `Roadstead does not implement ${operation} yet. See docs/coverage.md.`,
    $metadata: { httpStatusCode: 501 },
  });
});

test("what has no meaning here is refused with the reason", async () => {
  const put = new PutDestinationCommand({ destinationName: "d", targetArn: "t", roleArn: "r" });
  await expect(new CloudWatchLogsClient(settings()).send(put)).rejects.toMatchObject({
    name: "NotImplemented",
    message: expect.stringMatching(/^Roadstead does not serve logs:PutDestination: a destination is /),
    $metadata: { httpStatusCode: 501 },
  });
});

test("ECR Public is refused with the reason, and what to do instead", async () => {
  const answer = await sendSigned(roadstead.url, "000000000000", "ecr-public", {
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "SpencerFrontendService.DescribeRepositories",
    },
    body: "{}",
  });
  expect(answer.status).toBe(501);
  expect(JSON.parse(answer.body.toString())).toMatchObject({
    __type: "NotImplemented",
    message: expect.stringMatching(
      /^Roadstead does not serve the service 'ecr-public': .+ pull through cache rule for public\.ecr\.aws/,
    ),
  });
});
