import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { DescribeRepositoriesCommand, ECRClient, ListTagsForResourceCommand } from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import { DecodeAuthorizationMessageCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClientSettings, type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** ECR in the place of a service whose refusals are encoded, as EC2's are, for one of its operations. */

const account = "111111111111";
const resource = `arn:aws:ecr:us-east-1:${account}:repository/*`;
let roadstead: TestRoadstead;
let ann: ClientSettings;
let annId: string;

beforeAll(async () => {
  roadstead = await testRoadstead(
    {},
    {
      encodedRefusals: {
        ecr: {
          code: "UnauthorizedOperation",
          operations: ["DescribeRepositories"],
          recordedWith: "Client.",
        },
      },
    },
  );
  const client = new iam.IAMClient(roadstead.client(account));
  const { User } = await client.send(new iam.CreateUserCommand({ UserName: "ann" }));
  annId = User?.UserId ?? "";
  const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName: "ann" }));
  const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = AccessKey ?? {};
  ann = { ...roadstead.client(account), credentials: { accessKeyId, secretAccessKey } };
});
afterAll(() => roadstead.stop());

async function refusal(): Promise<Error & { readonly encoded: string }> {
  const error: Error = await new ECRClient(ann).send(new DescribeRepositoriesCommand({})).then(
    () => expect.unreachable("it is refused"),
    (refused: Error) => refused,
  );
  const [, encoded = ""] = /Encoded authorization failure message: (\S+)$/.exec(error.message) ?? [];
  return Object.assign(error, { encoded });
}

async function decode(EncodedMessage: string, as = roadstead.client(account)): Promise<unknown> {
  const answer = await new STSClient(as).send(new DecodeAuthorizationMessageCommand({ EncodedMessage }));
  return JSON.parse(answer.DecodedMessage ?? "");
}

test("a refusal for want of an allow says why, encoded", async () => {
  const refused = await refusal();
  expect(refused).toMatchObject({
    name: "UnauthorizedOperation",
    $metadata: { httpStatusCode: 403 },
    message: expect.stringMatching(
      /^You are not authorized to perform this operation\. User: \S+ is not authorized to perform: ecr:DescribeRepositories on resource: \S+ because no identity-based policy allows the ecr:DescribeRepositories action\. Encoded/,
    ),
  });
  expect(await decode(refused.encoded)).toEqual({
    allowed: false,
    explicitDeny: false,
    matchedStatements: { items: [] },
    failures: { items: [] },
    context: {
      principal: { id: annId, name: "ann", arn: `arn:aws:iam::${account}:user/ann` },
      action: "ecr:DescribeRepositories",
      resource,
      conditions: {
        items: expect.arrayContaining([{ key: "aws:username", values: { items: [{ value: "ann" }] } }]),
      },
    },
  });
});

test("the trail has the codes of such a service as CloudTrail writes EC2's, and no other's", async () => {
  await refusal();
  await new iam.IAMClient(roadstead.client(account))
    .send(new iam.GetUserCommand({ UserName: "nobody" }))
    .catch(() => undefined);
  const trail = new CloudTrailClient(roadstead.client(account));
  const codeOf = async (AttributeValue: string) => {
    const { Events } = await trail.send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: "EventName", AttributeValue }] }),
    );
    return JSON.parse(Events?.[0]?.CloudTrailEvent ?? "{}").errorCode;
  };
  expect(await codeOf("DescribeRepositories")).toBe("Client.UnauthorizedOperation");
  expect(await codeOf("GetUser")).toBe("NoSuchEntityException");
});

test("a refusal by a deny shows the statement; a long context is cut so that the message can be decoded", async () => {
  const client = new iam.IAMClient(roadstead.client(account));
  const deny = {
    Sid: "NotHere",
    Effect: "Deny",
    Action: ["ecr:Describe*", "ecr:List*"],
    Resource: "*",
    Condition: { StringNotEquals: { "aws:PrincipalTag/team": "blue" } },
  };
  await client.send(
    new iam.PutUserPolicyCommand({
      UserName: "ann",
      PolicyName: "p",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [deny] }),
    }),
  );
  await client.send(
    new iam.TagUserCommand({
      UserName: "ann",
      Tags: Array.from({ length: 45 }, (_, n) => ({ Key: `key${n}`, Value: "v".repeat(256) })),
    }),
  );
  const { encoded } = await refusal();
  expect(encoded.length).toBeLessThanOrEqual(10_240);
  expect(await decode(encoded)).toMatchObject({
    allowed: false,
    explicitDeny: true,
    matchedStatements: {
      items: [
        {
          statementId: "NotHere",
          effect: "DENY",
          principals: { items: [] },
          principalGroups: { items: [] },
          actions: { items: [{ value: "ecr:Describe*" }, { value: "ecr:List*" }] },
          resources: { items: [{ value: "*" }] },
          conditions: { items: [{ key: "aws:PrincipalTag/team", values: { items: [{ value: "blue" }] } }] },
        },
      ],
    },
    context: { resource },
  });
});

test("a message is read by nobody without the permission, not in another account, and not when it was touched", async () => {
  const { encoded } = await refusal();
  await expect(decode(encoded, ann)).rejects.toMatchObject({ name: "AccessDenied" });
  for (const [message, as] of [
    [encoded, roadstead.client("222222222222")],
    [`${encoded.slice(0, -2)}AA`, roadstead.client(account)],
  ] as const) {
    await expect(decode(message, as)).rejects.toMatchObject({
      name: "InvalidAuthorizationMessageException",
    });
  }
});

test("other operations refuse in plain words", async () => {
  const resourceArn = `arn:aws:ecr:us-east-1:${account}:repository/app`;
  await expect(
    new ECRClient(ann).send(new ListTagsForResourceCommand({ resourceArn })),
  ).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.not.stringContaining("Encoded"),
  });
});
