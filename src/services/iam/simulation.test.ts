import { expect, test } from "vitest";
import { contextKeySpellings } from "./context-key-spellings.ts";
import { onBothDatabases, play } from "./testing.ts";

const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Action: string, Resource = "*", more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
const deny = (Action: string, Resource = "*") => ({ Effect: "Deny", Action, Resource });
const trust = policy({
  Effect: "Allow",
  Principal: { Service: "ec2.amazonaws.com" },
  Action: "sts:AssumeRole",
});
const bucket = "arn:aws:s3:::bucket";
const custom = (input: object, ...EvaluationResults: object[]) =>
  ["SimulateCustomPolicy", { ActionNames: ["s3:GetObject"], ...input }, { EvaluationResults }] as const;
const source = (n: number) => ({ SourcePolicyId: `PolicyInputList.${n}`, SourcePolicyType: "IAM Policy" });
const dated =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}';
const at = (time: string) => [
  { ContextKeyName: "aws:CurrentTime", ContextKeyValues: [time], ContextKeyType: "date" },
];

onBothDatabases("simulation", (iam) => {
  play(iam, [
    [
      // AWS CLI, examples of `iam simulate-custom-policy`.
      "AWS's own examples",
      custom(
        {
          PolicyInputList: [dated],
          ActionNames: ["dynamodb:CreateBackup"],
          ContextEntries: at("2019-04-25T11:00:00Z"),
        },
        {
          EvalActionName: "dynamodb:CreateBackup",
          EvalResourceName: "*",
          EvalDecision: "allowed",
          MatchedStatements: [
            { ...source(1), StartPosition: { Line: 1, Column: 38 }, EndPosition: { Line: 1, Column: 167 } },
          ],
          MissingContextValues: [],
        },
      ),
      custom(
        {
          PolicyInputList: [dated],
          ActionNames: ["dynamodb:CreateBackup"],
          ContextEntries: at("2014-04-25T11:00:00Z"),
        },
        { EvalDecision: "implicitDeny", MatchedStatements: [], MissingContextValues: [] },
      ),
    ],
    [
      "decisions",
      custom(
        { PolicyInputList: [policy(allow("s3:*"))] },
        { EvalDecision: "allowed", MatchedStatements: [source(1)] },
      ),
      custom(
        { PolicyInputList: [policy(allow("ecr:*"))] },
        { EvalDecision: "implicitDeny", MatchedStatements: [] },
      ),
      custom(
        { PolicyInputList: [policy(allow("s3:*")), policy(deny("s3:Get*"))] },
        { EvalDecision: "explicitDeny", MatchedStatements: [source(2)] },
      ),
      custom(
        { PolicyInputList: [dated], ActionNames: ["dynamodb:GetItem"] },
        { EvalDecision: "implicitDeny", MissingContextValues: ["aws:CurrentTime"] },
      ),
      custom(
        { PolicyInputList: [policy(allow("s3:*"))], ActionNames: ["s3:GetObject", "ecr:PutImage"] },
        { EvalActionName: "s3:GetObject", EvalDecision: "allowed" },
        { EvalActionName: "ecr:PutImage", EvalDecision: "implicitDeny" },
      ),
    ],
    [
      "a policy that does not parse",
      [
        "SimulateCustomPolicy",
        { PolicyInputList: ["{"], ActionNames: ["a:b"] },
        "InvalidInput: PolicyInputList.1: The policy is not valid JSON.",
      ],
    ],
    [
      "resources: each has its own result, and the worst decides",
      custom(
        {
          PolicyInputList: [policy(allow("s3:*"), deny("s3:*", `${bucket}/b`))],
          ResourceArns: [`${bucket}/a`, `${bucket}/b`],
        },
        {
          EvalDecision: "explicitDeny",
          MatchedStatements: [source(1)],
          ResourceSpecificResults: [
            {
              EvalResourceName: `${bucket}/a`,
              EvalResourceDecision: "allowed",
              MatchedStatements: [source(1)],
            },
            {
              EvalResourceName: `${bucket}/b`,
              EvalResourceDecision: "explicitDeny",
              MatchedStatements: [source(1)],
            },
          ],
        },
      ),
      custom(
        { PolicyInputList: [policy(allow("s3:*", `${bucket}/*`))], ResourceArns: [`${bucket}/a`] },
        {
          EvalResourceName: `${bucket}/a`,
          EvalDecision: "allowed",
          ResourceSpecificResults: [{ EvalResourceName: `${bucket}/a`, EvalResourceDecision: "allowed" }],
        },
      ),
    ],
    [
      "boundary, organisation and resource policy",
      custom(
        {
          PolicyInputList: [policy(allow("s3:*"))],
          PermissionsBoundaryPolicyInputList: [policy(allow("ecr:*"))],
        },
        {
          EvalDecision: "implicitDeny",
          PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
        },
      ),
      custom(
        {
          PolicyInputList: [policy(allow("s3:*"))],
          PermissionsBoundaryPolicyInputList: [policy(allow("s3:Get*"))],
        },
        {
          EvalDecision: "allowed",
          PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: true },
        },
      ),
      custom(
        {
          PolicyInputList: [policy(allow("s3:*"))],
          OrderedOrganizationPolicyInputList: [
            { ServiceControlPolicyInputList: [policy(allow("*"))] },
            { ServiceControlPolicyInputList: [policy(allow("ecr:*"))] },
          ],
        },
        { EvalDecision: "implicitDeny", OrganizationsDecisionDetail: { AllowedByOrganizations: false } },
      ),
      custom(
        {
          PolicyInputList: [policy(allow("ecr:*"))],
          CallerArn: "arn:aws:iam::ACCOUNT:user/ann",
          ResourceArns: [`${bucket}/a`],
          ResourcePolicy: policy({
            Effect: "Allow",
            Principal: { AWS: "arn:aws:iam::ACCOUNT:user/ann" },
            Action: "s3:*",
            Resource: `${bucket}/*`,
          }),
        },
        {
          EvalDecision: "allowed",
          MatchedStatements: [{ SourcePolicyId: "ResourcePolicy", SourcePolicyType: "Resource Policy" }],
        },
      ),
    ],
    [
      "an entity's own policies, and others added",
      [
        "CreateRole",
        {
          RoleName: "r",
          AssumeRolePolicyDocument: trust,
          PermissionsBoundary: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        },
      ],
      ["PutRolePolicy", { RoleName: "r", PolicyName: "p", PolicyDocument: policy(allow("s3:*")) }],
      [
        "SimulatePrincipalPolicy",
        { PolicySourceArn: "arn:aws:iam::ACCOUNT:role/r", ActionNames: ["s3:GetObject", "s3:PutObject"] },
        {
          EvaluationResults: [
            {
              EvalDecision: "allowed",
              MatchedStatements: [{ SourcePolicyId: "role_r_p" }],
              PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: true },
            },
            {
              EvalDecision: "implicitDeny",
              PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
            },
          ],
        },
      ],
      [
        "SimulatePrincipalPolicy",
        {
          PolicySourceArn: "arn:aws:iam::ACCOUNT:role/r",
          ActionNames: ["s3:GetObject"],
          PolicyInputList: [policy(deny("s3:*"))],
        },
        { EvaluationResults: [{ EvalDecision: "explicitDeny", MatchedStatements: [source(1)] }] },
      ],
      [
        "SimulatePrincipalPolicy",
        {
          PolicySourceArn: "arn:aws:iam::ACCOUNT:role/r",
          ActionNames: ["s3:GetObject", "s3:PutObject"],
          MaxItems: 1,
        },
        { EvaluationResults: [{ EvalActionName: "s3:GetObject" }], IsTruncated: true },
      ],
      [
        "SimulatePrincipalPolicy",
        { PolicySourceArn: "arn:aws:iam::ACCOUNT:role/none", ActionNames: ["a:b"] },
        "NoSuchEntity: The entity with ARN arn:aws:iam::ACCOUNT:role/none cannot be found.",
      ],
      [
        "GetContextKeysForPrincipalPolicy",
        { PolicySourceArn: "arn:aws:iam::ACCOUNT:role/r", PolicyInputList: [dated] },
        { ContextKeyNames: ["aws:CurrentTime"] },
      ],
    ],
    [
      "authorization details: everything, filtered, in pages",
      ["CreateUser", { UserName: "ann", Tags: [{ Key: "k", Value: "v" }] }],
      ["CreateGroup", { GroupName: "team" }],
      ["AddUserToGroup", { GroupName: "team", UserName: "ann" }],
      [
        "PutGroupPolicy",
        { GroupName: "team", PolicyName: "g", PolicyDocument: '{"Version":"2012-10-17","Statement":[]}' },
        "MalformedPolicyDocument: Syntax errors in policy.",
      ],
      ["CreatePolicy", { PolicyName: "own", PolicyDocument: policy(allow("s3:*")) }],
      ["AttachUserPolicy", { UserName: "ann", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
      ["CreateRole", { RoleName: "r", AssumeRolePolicyDocument: trust }],
      ["CreateInstanceProfile", { InstanceProfileName: "p" }],
      ["AddRoleToInstanceProfile", { InstanceProfileName: "p", RoleName: "r" }],
      [
        "GetAccountAuthorizationDetails",
        {},
        {
          UserDetailList: [
            {
              UserName: "ann",
              GroupList: ["team"],
              Tags: [{ Key: "k", Value: "v" }],
              UserPolicyList: [],
              AttachedManagedPolicies: [{ PolicyName: "ReadOnlyAccess" }],
            },
          ],
          GroupDetailList: [{ GroupName: "team", GroupPolicyList: [] }],
          RoleDetailList: [
            {
              RoleName: "r",
              RoleLastUsed: {},
              InstanceProfileList: [{ InstanceProfileName: "p", Roles: [{ RoleName: "r" }] }],
            },
          ],
          Policies: [
            {
              PolicyName: "own",
              AttachmentCount: 0,
              PolicyVersionList: [{ VersionId: "v1", IsDefaultVersion: true }],
            },
            { PolicyName: "ReadOnlyAccess", AttachmentCount: 1 },
          ],
          IsTruncated: false,
        },
      ],
      [
        "GetAccountAuthorizationDetails",
        { Filter: ["Role"] },
        { UserDetailList: [], RoleDetailList: [{ RoleName: "r" }], Policies: [] },
      ],
      [
        "GetAccountAuthorizationDetails",
        { Filter: ["AWSManagedPolicy"] },
        { Policies: [{ PolicyName: "ReadOnlyAccess" }] },
      ],
    ],
  ]);

  test("authorization details: pages run from one kind into the next", async () => {
    const account = iam().account();
    for (const UserName of ["a", "b"]) await iam().call(account, "CreateUser", { UserName });
    for (const GroupName of ["c", "d", "e"]) await iam().call(account, "CreateGroup", { GroupName });
    const pages: string[] = [];
    let Marker: unknown;
    do {
      const page = await iam().call(account, "GetAccountAuthorizationDetails", { MaxItems: 2, Marker });
      const users = page.UserDetailList as { UserName: string }[];
      const groups = page.GroupDetailList as { GroupName: string }[];
      pages.push(
        [...users.map(({ UserName }) => UserName), ...groups.map(({ GroupName }) => GroupName)].join(""),
      );
      Marker = page.Marker;
    } while (Marker !== undefined);
    expect(pages).toEqual(["ab", "cd", "e"]);
  });
});

test.each([
  [
    "conditions, once each, as first written",
    [
      policy(
        allow("a:b", "*", {
          Condition: { Bool: { "aws:SecureTransport": "true" }, StringLike: { "S3:Prefix": "x" } },
        }),
      ),
      policy(allow("a:b", "*", { Condition: { StringLike: { "s3:prefix": "x" } } })),
    ],
    ["aws:SecureTransport", "S3:Prefix"],
  ],
  [
    "variables",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable.
    [policy(allow("a:b", "arn:aws:s3:::b/${aws:username}/${aws:PrincipalTag/team, 'none'}/${*}"))],
    ["aws:username", "aws:PrincipalTag/team"],
  ],
  ["none", [policy(allow("a:b"))], []],
])("context keys of policies: %s", (_what, documents, keys) => {
  expect([...contextKeySpellings(documents).values()]).toEqual(keys);
});
