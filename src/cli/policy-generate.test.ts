import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readAuthorizationReference } from "./authorization-reference.ts";
import { generatePolicy } from "./policy-generate.ts";
import { type RecordedCall, recordedCall } from "./recorded-permissions.ts";

const reference = readAuthorizationReference(fileURLToPath(new URL("../../data", import.meta.url)));
const ship = "arn:aws:ecr:us-east-1:111111111111:repository/ship";
const tug = "arn:aws:ecr:us-east-1:111111111111:repository/tug";
const role = "arn:aws:iam::111111111111:role/r";
const key = "arn:aws:kms:us-east-1:111111111111:key/0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b";
const secret = "arn:aws:secretsmanager:us-east-1:111111111111:secret:tide-AbCdEf";
const rule = "arn:aws:events:us-east-1:111111111111:rule/harbour/dawn";
const group = "arn:aws:logs:us-east-1:111111111111:log-group:/quay/app";
const where = { region: "us-east-1", account: "111111111111" };
const profile = "arn:aws:iam::111111111111:instance-profile/p";

function call(
  name: string,
  resources: readonly string[] = [],
  more: Partial<RecordedCall> = {},
): RecordedCall {
  return { call: name, resources, parameters: {}, denied: false, ...more };
}

/** Statements as `actions on resources`, and what was left open. */
function generated(calls: readonly RecordedCall[]) {
  const { document, open, denied, unknown } = generatePolicy(calls, reference);
  const rows = document.Statement.map(
    ({ Action, Resource, Condition }) =>
      `${Action.join(" ")} on ${Resource.join(" ")}${Condition === undefined ? "" : ` if ${JSON.stringify(Condition.StringEquals)}`}`,
  );
  return {
    rows,
    ...(open.length > 0 && { open }),
    ...(denied.length > 0 && { denied }),
    ...(unknown.length > 0 && { unknown }),
  };
}

describe("the smallest policy", () => {
  test.each<readonly [string, readonly RecordedCall[], ReturnType<typeof generated>]>([
    ["nothing", [], { rows: [] }],
    ["one call", [call("ecr:PutImage", [ship])], { rows: [`ecr:PutImage on ${ship}`] }],
    [
      "actions on one resource together, repetitions once",
      [call("ecr:PutImage", [ship]), call("ecr:BatchGetImage", [ship]), call("ecr:PutImage", [ship])],
      { rows: [`ecr:BatchGetImage ecr:PutImage on ${ship}`] },
    ],
    [
      "an action on several resources",
      [call("ecr:PutImage", [tug]), call("ecr:PutImage", [ship]), call("ecr:BatchGetImage", [ship])],
      { rows: [`ecr:BatchGetImage on ${ship}`, `ecr:PutImage on ${ship} ${tug}`] },
    ],
    [
      "an action that knows no resource",
      [call("ecr:GetAuthorizationToken")],
      { rows: ["ecr:GetAuthorizationToken on *"] },
    ],
    [
      "a call whose resource is not recorded",
      [call("ecr:DescribeRepositories"), call("ecr:DescribeRepositories", [ship])],
      { rows: ["ecr:DescribeRepositories on *"], open: ["ecr:DescribeRepositories"] },
    ],
    [
      "calls that everybody may make",
      [call("sts:GetCallerIdentity"), call("sts:GetSessionToken")],
      { rows: [] },
    ],
    [
      "calls that were refused",
      [call("ecr:PutImage", [ship], { denied: true })],
      { rows: [], denied: ["ecr:PutImage"] },
    ],
    [
      "a permission of another name",
      [call("ecr:ListImageReferrers", [ship])],
      { rows: [`ecr:BatchGetImage on ${ship}`] },
    ],
    [
      "a mounted layer",
      [call("ecr:MountLayer", [ship, tug])],
      { rows: [`ecr:GetDownloadUrlForLayer ecr:InitiateLayerUpload on ${ship} ${tug}`] },
    ],
    [
      "a role passed on: each action on its own kind of resource",
      [call("iam:AddRoleToInstanceProfile", [profile, role])],
      {
        rows: [
          `iam:AddRoleToInstanceProfile on ${profile}`,
          `iam:PassRole on ${role} if {"iam:PassedToService":"ec2.amazonaws.com"}`,
        ],
      },
    ],
    [
      "which policy was attached, each by itself",
      ["ReadOnlyAccess", "PowerUserAccess"].map((name) =>
        call("iam:AttachRolePolicy", [role], {
          parameters: { policyArn: `arn:aws:iam::aws:policy/${name}` },
        }),
      ),
      {
        rows: ["PowerUserAccess", "ReadOnlyAccess"].map(
          (name) => `iam:AttachRolePolicy on ${role} if {"iam:PolicyARN":"arn:aws:iam::aws:policy/${name}"}`,
        ),
      },
    ],
    [
      "a role made for the principal by a service, through that service only",
      [
        call("iam:CreateServiceLinkedRole", [role], {
          parameters: { aWSServiceName: "replication.ecr.amazonaws.com" },
          invokedBy: "ecr.amazonaws.com",
        }),
      ],
      {
        rows: [
          `iam:CreateServiceLinkedRole on ${role} if {"iam:AWSServiceName":"replication.ecr.amazonaws.com","aws:CalledViaLast":"ecr.amazonaws.com"}`,
        ],
      },
    ],
    [
      "a call made through a service and directly, once",
      [call("ecr:PutImage", [ship], { invokedBy: "ecs.amazonaws.com" }), call("ecr:PutImage", [ship])],
      { rows: [`ecr:PutImage on ${ship}`] },
    ],
    [
      "a role handed to a service by a parameter",
      [call("ecr:CreateRepositoryCreationTemplate", [], { parameters: { customRoleArn: role } })],
      {
        rows: [
          "ecr:CreateRepositoryCreationTemplate on *",
          `iam:PassRole on ${role} if {"iam:PassedToService":"ecr.amazonaws.com"}`,
        ],
      },
    ],
    [
      "tags at creation",
      [call("iam:CreateRole", [role], { parameters: { tags: [{ key: "a", value: "b" }] } })],
      { rows: [`iam:CreateRole iam:TagRole on ${role}`] },
    ],
    [
      "a session with tags and a source identity",
      [call("sts:AssumeRole", [role], { parameters: { tags: [{ key: "a" }], sourceIdentity: "ann" } })],
      { rows: [`sts:AssumeRole sts:SetSourceIdentity sts:TagSession on ${role}`] },
    ],
    [
      "a layer sent whole, and one in parts",
      [
        call("ecr:CompleteLayerUpload", [ship]),
        call("ecr:CompleteLayerUpload", [tug], { parameters: { uploadId: "u" } }),
      ],
      {
        rows: [
          `ecr:CompleteLayerUpload on ${ship} ${tug}`,
          `ecr:InitiateLayerUpload ecr:UploadLayerPart on ${ship}`,
        ],
      },
    ],
    [
      "keys, secrets, buses, rules and log groups by their ARNs",
      [
        call("kms:ReEncrypt", [key]),
        call("secretsmanager:GetSecretValue", [secret]),
        call("events:PutRule", [rule], { parameters: { roleArn: role } }),
        call("events:PutTargets", [rule], { parameters: { targets: [{ id: "a", roleArn: role }, {}] } }),
        call("logs:CreateLogGroup", [group]),
        call("logs:CreateLogStream", [`${group}:log-stream:day`]),
      ],
      {
        rows: [
          `events:PutRule events:PutTargets on ${rule}`,
          `iam:PassRole on ${role} if {"iam:PassedToService":"events.amazonaws.com"}`,
          `kms:ReEncryptFrom kms:ReEncryptTo on ${key}`,
          `logs:CreateLogGroup on ${group}:*`,
          `logs:CreateLogStream on ${group}:log-stream:day`,
          `secretsmanager:GetSecretValue on ${secret}`,
        ],
      },
    ],
    [
      "what is made, by the ARN that it was to have",
      [
        call("secretsmanager:CreateSecret", [], {
          ...where,
          parameters: { name: "tide" },
        }),
        call("organizations:CreatePolicy", [], where),
        call("sts:AssumeRoot", [], { ...where, parameters: { targetPrincipal: "222222222222" } }),
        call("sts:GetWebIdentityToken", [], { parameters: { tags: [{ key: "a" }] } }),
      ],
      {
        rows: [
          "organizations:CreatePolicy on arn:aws:organizations::111111111111:policy/o-*/service_control_policy/p-*",
          "secretsmanager:CreateSecret on arn:aws:secretsmanager:us-east-1:111111111111:secret:tide-??????",
          "sts:AssumeRoot on arn:aws:iam::222222222222:root",
          "sts:GetWebIdentityToken sts:TagGetWebIdentityToken on *",
        ],
      },
    ],
    [
      "an action that is not known",
      [call("s3:GetObject", ["arn:aws:s3:::b/k"])],
      { rows: ["s3:GetObject on *"], unknown: ["s3:GetObject"] },
    ],
  ])("%s", (_name, calls, expected) => expect(generated(calls)).toEqual(expected));
});

describe("which records are a principal's", () => {
  const ann = "arn:aws:iam::111111111111:user/ann";
  const record = (userIdentity: object, more: object = {}) => ({
    ...{ eventSource: "ecr.amazonaws.com", eventName: "PutImage", userIdentity: { ...userIdentity } },
    ...more,
  });
  const session = {
    arn: "arn:aws:sts::111111111111:assumed-role/r/s",
    sessionContext: { sessionIssuer: { arn: role } },
  };

  test.each<readonly [string, object, string, RecordedCall | undefined]>([
    ["a user's own", record({ arn: ann }), ann, call("ecr:PutImage")],
    ["another's", record({ arn: ann }), role, undefined],
    ["a role's session", record(session), role, call("ecr:PutImage")],
    ["one session", record(session), session.arn, call("ecr:PutImage")],
    [
      "its resources and parameters",
      record(
        { arn: ann },
        {
          resources: [{ ARN: ship, type: "AWS::ECR::Repository" }, {}],
          requestParameters: { a: 1 },
          awsRegion: "us-east-1",
        },
      ),
      ann,
      call("ecr:PutImage", [ship], { parameters: { a: 1 }, region: "us-east-1" }),
    ],
    [
      "a refusal",
      record({ arn: ann }, { errorCode: "AccessDeniedException", requestParameters: null }),
      ann,
      call("ecr:PutImage", [], { denied: true }),
    ],
    [
      "a refusal as EC2's are recorded",
      record({ arn: ann }, { errorCode: "Client.UnauthorizedOperation" }),
      ann,
      call("ecr:PutImage", [], { denied: true }),
    ],
    [
      "another error",
      record({ arn: ann }, { errorCode: "ImageNotFoundException" }),
      ann,
      call("ecr:PutImage"),
    ],
    ["no identity", { eventName: "PutImage" }, ann, undefined],
  ])("%s", (_name, json, principal, expected) => {
    expect(recordedCall(JSON.parse(JSON.stringify(json)), principal)).toEqual(expected);
  });
});
