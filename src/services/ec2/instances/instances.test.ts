import {
  DescribeImagesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  EC2Client,
  GetConsoleOutputCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostImage, joinedHost, launchHost, makeInstanceProfile } from "../../../../test/support/ec2-host.ts";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { joinInstance } from "../../../runtime/agent/metadata/instance-source.ts";

let roadstead: TestRoadstead;
let ec2: EC2Client;
let profile = "";

beforeAll(async () => {
  roadstead = await testRoadstead();
  ec2 = new EC2Client({ ...roadstead.client(), maxAttempts: 1 });
  profile = await makeInstanceProfile(roadstead.client());
});
afterAll(async () => {
  ec2?.destroy();
  await roadstead?.stop();
});

const one: RunInstancesCommandInput = { ImageId: hostImage?.id, MinCount: 1, MaxCount: 1 };
const machine = { architecture: hostImage?.architecture ?? "", cores: 2 };

async function described(id: string) {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations?.[0]?.Instances?.[0];
}

async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  return error === undefined ? "no refusal" : `${error.name}: ${error.message}`;
}

describe("an instance", () => {
  test("waits for its machine, runs once it has joined, and is terminated", async () => {
    const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] }));
    expect(Images?.map(({ Architecture }) => Architecture)).toEqual(["x86_64", "arm64"]);
    const { id, source } = await joinedHost(roadstead, roadstead.client(), profile);
    expect(await described(id)).toMatchObject({
      State: { Name: "running", Code: 16 },
      InstanceType: "t3.small",
      IamInstanceProfile: { Arn: `arn:aws:iam::000000000000:instance-profile/${profile}` },
      CpuOptions: { CoreCount: 2 },
      NetworkInterfaces: [{ Attachment: { DeviceIndex: 0 }, Status: "in-use" }],
      Operator: { Managed: false },
    });
    const { InstanceStatuses } = await ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }));
    expect(InstanceStatuses).toMatchObject([{ InstanceId: id, InstanceStatus: { Status: "ok" } }]);
    const byId = [{ Name: "attachment.instance-id", Values: [id] }];
    const interfaces = () => ec2.send(new DescribeNetworkInterfacesCommand({ Filters: byId }));
    expect((await interfaces()).NetworkInterfaces).toHaveLength(1);
    const { TerminatingInstances } = await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect(TerminatingInstances).toMatchObject([
      { PreviousState: { Name: "running" }, CurrentState: { Name: "terminated" } },
    ]);
    expect((await interfaces()).NetworkInterfaces).toEqual([]);
    expect(await source.terminated()).toBe(true);
    const ended = await described(id);
    expect(ended).toMatchObject({ State: { Name: "terminated" } });
    expect(ended).not.toHaveProperty("VpcId");
  });

  test("is launched once for one token", async () => {
    const launch = () => ec2.send(new RunInstancesCommand({ ...one, MaxCount: 2, ClientToken: "once" }));
    const [first, again] = [await launch(), await launch()];
    expect(first.Instances).toHaveLength(2);
    expect(again.ReservationId).toBe(first.ReservationId);
    expect(again.Instances?.map(({ InstanceId }) => InstanceId)).toEqual(
      first.Instances?.map(({ InstanceId }) => InstanceId),
    );
  });

  test("gives its machine the role of its profile, in a session of the instance's name", async () => {
    const { id, source } = await joinedHost(roadstead, roadstead.client(), profile);
    const credentials = await source.credentials();
    if (credentials === undefined || "refused" in credentials) throw new Error("no credentials");
    const sts = new STSClient({ ...roadstead.client(), credentials });
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    sts.destroy();
    expect(Arn).toBe(`arn:aws:sts::000000000000:assumed-role/${profile}/${id}`);
  });

  test("has none of a role that does not trust EC2", async () => {
    const closed = await makeInstanceProfile(roadstead.client(), "closed");
    const iam = new IAMClient(roadstead.client());
    const trust = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" }],
    };
    await iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: closed, PolicyDocument: JSON.stringify(trust) }),
    );
    iam.destroy();
    const { source } = await joinedHost(roadstead, roadstead.client(), closed);
    expect(await source.credentials()).toEqual({
      role: closed,
      refused: expect.stringContaining("EC2 cannot assume the role closed"),
    });
  });
});

describe("a machine", () => {
  test("joins with a token once, and again only as itself", async () => {
    const { id, token } = await launchHost(roadstead.client());
    const key = { publicKey: Buffer.alloc(32, 1).toString("base64"), sign: () => "" };
    const joined = `000000000000/us-east-1/${id}`;
    expect(await joinInstance(roadstead.url, token, key, machine)).toBe(joined);
    expect(await joinInstance(roadstead.url, token, key, machine)).toBe(joined);
    const other = { ...key, publicKey: Buffer.alloc(32, 2).toString("base64") };
    expect(await refusal(joinInstance(roadstead.url, token, other, machine))).toBe(
      "InvalidJoin: The instance does not wait for a machine.",
    );
    const { Output } = await ec2.send(new GetConsoleOutputCommand({ InstanceId: id }));
    expect(Output ?? "").toBe("");
  });

  test.each<[string, string]>([
    ["a token that is not ours", "nonsense"],
    ["no token", ""],
  ])("does not join with %s", async (_what, token) => {
    const key = { publicKey: Buffer.alloc(32, 1).toString("base64"), sign: () => "" };
    expect(await refusal(joinInstance(roadstead.url, token, key, machine))).toBe(
      "InvalidJoin: The token is not valid, or an hour has passed.",
    );
  });

  test("learns nothing of an instance whose key it has not", async () => {
    const { id, key } = await joinedHost(roadstead, roadstead.client(), profile);
    const ask = async (action: string, signed: string, signedAt: number) => {
      const body = { instance: `000000000000/us-east-1/${id}`, signedAt, signature: key.sign(signed) };
      const response = await fetch(`${roadstead.url}/_roadstead/hosts/${action}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      return response.status;
    };
    const now = Date.now();
    const old = now - 3_600_000;
    expect(await ask("metadata", `metadata\n${id}\n${now}`, now)).toBe(200);
    expect(await ask("credentials", `metadata\n${id}\n${now}`, now)).toBe(403);
    expect(await ask("metadata", `metadata\n${id}\n${old}`, old)).toBe(403);
    expect(await ask("metadata", "anything", now)).toBe(403);
    expect(await ask("anything", `anything\n${id}\n${now}`, now)).toBe(404);
  });
});

describe("what is refused, in AWS's words where they are known", () => {
  test.each<[string, () => Promise<unknown>, string]>([
    [
      "an image that cannot be booted here",
      () => ec2.send(new RunInstancesCommand({ ...one, ImageId: "ami-0123456789abcdef0" })),
      "InvalidAMIID.NotFound: The image id '[ami-0123456789abcdef0]' does not exist",
    ],
    [
      "a profile that is not there",
      () => ec2.send(new RunInstancesCommand({ ...one, IamInstanceProfile: { Name: "none" } })),
      "InvalidParameterValue: Value (none) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
    ],
    [
      "what would not happen",
      () => ec2.send(new RunInstancesCommand({ ...one, KeyName: "mine" })),
      "UnsupportedOperation: The parameter KeyName of RunInstances is not available in Roadstead.",
    ],
    [
      "an instance that is not there",
      () => ec2.send(new TerminateInstancesCommand({ InstanceIds: ["i-0123456789abcdef0"] })),
      "InvalidInstanceID.NotFound: The instance ID 'i-0123456789abcdef0' does not exist",
    ],
    [
      "what is no id",
      () => ec2.send(new DescribeInstancesCommand({ InstanceIds: ["web"] })),
      'InvalidInstanceID.Malformed: Invalid id: "web" (expecting "i-...")',
    ],
  ])("%s", async (_what, call, expected) => {
    expect(await refusal(call())).toBe(expected);
  });

  test("a role that the caller may not pass", async () => {
    const iam = new IAMClient(roadstead.client());
    await iam.send(new CreateUserCommand({ UserName: "launcher" }));
    const statement = { Effect: "Allow", Action: "ec2:*", Resource: "*" };
    await iam.send(
      new PutUserPolicyCommand({
        UserName: "launcher",
        PolicyName: "p",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
      }),
    );
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "launcher" }));
    iam.destroy();
    const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = AccessKey ?? {};
    const own = new EC2Client({ ...roadstead.client(), credentials: { accessKeyId, secretAccessKey } });
    const launch = (more: Partial<RunInstancesCommandInput>) =>
      own.send(new RunInstancesCommand({ ...one, ...more }));
    await expect(launch({})).resolves.toBeDefined();
    expect(await refusal(launch({ IamInstanceProfile: { Name: profile } }))).toContain(
      "UnauthorizedOperation",
    );
    own.destroy();
  });
});
