import { expect, test } from "vitest";
import type { AccountId } from "../../kernel/brand.ts";
import { type IamUnderTest, onBothDatabases, outcomeOf, play } from "./testing.ts";

const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Action: string, Resource = "*", more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
const all = policy(allow("*"));
const none = policy(allow("ecr:*"));
const bucket = "arn:aws:s3:::bucket/a";
const custom = (input: object, outcome: object | string) =>
  [
    "SimulateCustomPolicy",
    { ActionNames: ["s3:GetObject"], PolicyInputList: [all], ...input },
    typeof outcome === "string" ? outcome : { EvaluationResults: [outcome] },
  ] as const;
const invalid = (text: string) => `InvalidInput: ${text}`;
const asks = (operator: string, value: string) =>
  policy(allow("s3:*", "*", { Condition: { [operator]: { "s3:key": value } } }));
const entry = (ContextKeyType: string, ...ContextKeyValues: string[]) => ({
  ContextEntries: [{ ContextKeyName: "s3:key", ContextKeyType, ContextKeyValues }],
});
const typed = (operator: string, wanted: string, type: string, ...values: string[]) =>
  custom(
    { PolicyInputList: [asks(operator, wanted)], ...entry(type, ...values) },
    { EvalDecision: "allowed", MissingContextValues: [] },
  );
const resourcePolicy = (AWS: string, Effect = "Allow") =>
  policy({ Effect, Principal: { AWS }, Action: "s3:*", Resource: "*" });
const caller = "arn:aws:iam::ACCOUNT:user/ann";
const other = "222222222222";
const across = (input: object, outcome: object) =>
  custom({ CallerArn: caller, ResourceOwner: other, ResourceArns: [bucket], ...input }, outcome);
const instance = (...types: string[]) => ({
  ResourceArns: types.map((type) => `arn:aws:ec2:us-east-1:ACCOUNT:${type}/x`),
});

onBothDatabases("simulated requests", (iam) => {
  play(iam, [
    [
      "context entries of every type",
      typed("StringEquals", "a", "string", "a"),
      typed("ForAnyValue:StringEquals", "a", "stringList", "b", "a"),
      typed("NumericLessThan", "5", "numeric", "4.5"),
      typed("ForAllValues:NumericLessThan", "5", "numericList", "1", "2"),
      typed("Bool", "true", "boolean", "true"),
      typed("ForAnyValue:Bool", "true", "booleanList", "false", "true"),
      typed("IpAddress", "10.0.0.0/8", "ip", "10.1.2.3"),
      typed("ForAnyValue:IpAddress", "10.0.0.0/8", "ipList", "11.0.0.1", "10.1.2.3"),
      typed("BinaryEquals", "QmluYXJ5", "binary", "QmluYXJ5"),
      typed("ForAnyValue:BinaryEquals", "QmluYXJ5", "binaryList", "QQ==", "QmluYXJ5"),
      typed("DateGreaterThan", "2018-01-01T00:00:00Z", "date", "2019-01-01T00:00:00Z"),
      typed(
        "ForAnyValue:DateGreaterThan",
        "2018-01-01T00:00:00Z",
        "dateList",
        "2017-01-01T00:00:00Z",
        "2019-01-01T00:00:00Z",
      ),
    ],
    [
      "context entries that are none",
      ...(
        [
          ["numeric", "four"],
          ["boolean", "yes"],
          ["ip", "10.1.2"],
          ["binary", "?"],
          ["date", "soon"],
          ["dateList", "soon"],
        ] as const
      ).map(([type, value]) =>
        custom(
          entry(type, value),
          invalid(`The value ${value} of the context key s3:key is not of type ${type}.`),
        ),
      ),
      custom(
        entry("string", "a", "b"),
        invalid("The context key s3:key of type string has more than one value."),
      ),
      custom(
        { ContextEntries: [{ ContextKeyType: "string", ContextKeyValues: ["a"] }] },
        invalid("A context entry has no ContextKeyName."),
      ),
    ],
    [
      "input that cannot be simulated",
      custom({ ActionNames: ["s3:*"] }, invalid("Invalid Action Name: s3:*")),
      custom({ ActionNames: ["GetObject"] }, invalid("Invalid Action Name: GetObject")),
      custom({ ResourceArns: ["bucket"] }, invalid("Invalid Resource ARN: bucket")),
      custom({ ResourceOwner: "me" }, invalid("Invalid Resource Owner: me")),
      custom(
        { CallerArn: "arn:aws:sts::ACCOUNT:assumed-role/r/s" },
        invalid("Invalid Entity Arn: arn:aws:sts::ACCOUNT:assumed-role/r/s"),
      ),
      custom(
        { ResourcePolicy: resourcePolicy("*") },
        invalid("CallerArn is required when ResourcePolicy is given."),
      ),
      custom(
        { ResourcePolicy: all, CallerArn: caller },
        invalid("ResourcePolicy: Missing required field Principal"),
      ),
      custom(
        { PolicyInputList: [resourcePolicy("*")] },
        invalid("PolicyInputList.1: Policy document should not specify a principal."),
      ),
      custom(
        { PermissionsBoundaryPolicyInputList: [all, all] },
        invalid("PermissionsBoundaryPolicyInputList holds more than one policy."),
      ),
      custom(
        { OrderedOrganizationPolicyInputList: [{ ServiceControlPolicyInputList: ["{"] }] },
        invalid(
          "OrderedOrganizationPolicyInputList.1.ServiceControlPolicyInputList.1: The policy is not valid JSON.",
        ),
      ),
    ],
    [
      "scenarios of EC2 name all they need",
      custom(
        { ResourceHandlingOption: "EC2-VPC-EBS", ...instance("instance", "image", "volume") },
        invalid("EC2-VPC-EBS requires resources of these types too: security-group, network-interface."),
      ),
      custom(
        {
          ResourceHandlingOption: "EC2-VPC-InstanceStore",
          ...instance("instance", "image", "security-group", "network-interface"),
        },
        { EvalDecision: "allowed" },
      ),
      custom({ ResourceHandlingOption: "EC2" }, invalid("Invalid Resource Handling Option: EC2")),
    ],
    [
      "several resources: the worst decision, and the statements and keys of all",
      custom(
        {
          PolicyInputList: [
            policy(
              allow("s3:*", "arn:aws:s3:::bucket/a"),
              allow("s3:*", "arn:aws:s3:::bucket/b", { Condition: { Bool: { "s3:key": "true" } } }),
            ),
          ],
          ResourceArns: [bucket, "arn:aws:s3:::bucket/b"],
          PermissionsBoundaryPolicyInputList: [policy(allow("s3:*", bucket))],
        },
        {
          EvalResourceName: "*",
          EvalDecision: "implicitDeny",
          MissingContextValues: ["s3:key"],
          EvalDecisionDetails: {},
          PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
          ResourceSpecificResults: [
            {
              EvalResourceDecision: "allowed",
              MissingContextValues: [],
              PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: true },
            },
            {
              EvalResourceDecision: "implicitDeny",
              MissingContextValues: ["s3:key"],
              PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
            },
          ],
        },
      ),
    ],
    [
      "keys that only a boundary or an organization asks for are not missing",
      custom(
        {
          PermissionsBoundaryPolicyInputList: [asks("Bool", "true")],
          OrderedOrganizationPolicyInputList: [{ ServiceControlPolicyInputList: [asks("Bool", "true")] }],
        },
        {
          EvalDecision: "implicitDeny",
          MissingContextValues: [],
          OrganizationsDecisionDetail: { AllowedByOrganizations: false },
          PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
        },
      ),
    ],
    [
      "across accounts both sides must allow, and each is shown",
      across(
        { ResourcePolicy: resourcePolicy(caller) },
        {
          EvalDecision: "allowed",
          EvalDecisionDetails: { "IAM Policy": "allowed", "Resource Policy": "allowed" },
          ResourceSpecificResults: [
            { EvalDecisionDetails: { "IAM Policy": "allowed", "Resource Policy": "allowed" } },
          ],
        },
      ),
      across(
        { ResourcePolicy: resourcePolicy(`arn:aws:iam::${other}:root`) },
        {
          EvalDecision: "implicitDeny",
          EvalDecisionDetails: { "IAM Policy": "allowed", "Resource Policy": "implicitDeny" },
        },
      ),
      across(
        { ResourcePolicy: resourcePolicy("*", "Deny"), PolicyInputList: [none] },
        {
          EvalDecision: "explicitDeny",
          EvalDecisionDetails: { "IAM Policy": "implicitDeny", "Resource Policy": "explicitDeny" },
        },
      ),
      // The owner in an ARN comes before the one that is said.
      across(
        {
          ResourcePolicy: resourcePolicy(`arn:aws:iam::ACCOUNT:root`),
          ResourceArns: ["arn:aws:sqs:us-east-1:ACCOUNT:queue"],
        },
        { EvalDecision: "allowed", EvalDecisionDetails: {} },
      ),
      // Without a resource's policy only the caller's own are simulated.
      across({}, { EvalDecision: "allowed", EvalDecisionDetails: {} }),
    ],
    [
      "policies that are left out",
      ["CreatePolicy", { PolicyName: "own", PolicyDocument: policy(allow("s3:*")) }],
      [
        "CreateUser",
        { UserName: "ann", PermissionsBoundary: "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess" },
      ],
      ["AttachUserPolicy", { UserName: "ann", PolicyArn: "arn:aws:iam::ACCOUNT:policy/own" }],
      ["AttachUserPolicy", { UserName: "ann", PolicyArn: "arn:aws:iam::aws:policy/AmazonSQSFullAccess" }],
      ["PutUserPolicy", { UserName: "ann", PolicyName: "inline", PolicyDocument: policy(allow("sns:*")) }],
      ...(
        [
          [[], ""],
          [[{ PolicyType: "permission-boundary" }], "s3 sqs sns"],
          [[{ PolicyArn: "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAcces?" }], "s3 sqs sns"],
          [[{ PolicyType: "permission-boundary" }, { PolicyType: "user-managed" }], "sqs sns"],
          [[{ PolicyType: "permission-boundary" }, { PolicyType: "aws-managed" }], "s3 sns"],
          [[{ PolicyType: "permission-boundary" }, { PolicyType: "inline" }], "s3 sqs"],
          [[{ PolicyType: "permission-boundary" }, { PolicyType: "rcp" }], "s3 sqs sns"],
          [
            [
              { PolicyType: "permission-boundary" },
              { PolicyArn: "arn:aws:iam::ACCOUNT:policy/o*" },
              { PolicyArn: "arn:aws:iam::ACCOUNT:policy/none" },
            ],
            "sqs sns",
          ],
          [
            [
              { PolicyType: "permission-boundary" },
              {
                InlinePolicyIdentifier: {
                  PolicyName: "inline",
                  AttachmentType: "user",
                  AttachmentName: "a*",
                },
              },
            ],
            "s3 sqs",
          ],
          [
            [
              { PolicyType: "permission-boundary" },
              {
                InlinePolicyIdentifier: {
                  PolicyName: "inline",
                  AttachmentType: "group",
                  AttachmentName: "ann",
                },
              },
            ],
            "s3 sqs sns",
          ],
        ] as const
      ).map(
        ([PolicyExclusionList, allowed]) =>
          [
            "SimulatePrincipalPolicy",
            {
              PolicySourceArn: caller,
              ActionNames: ["s3:GetObject", "sqs:SendMessage", "sns:Publish"],
              PolicyExclusionList,
            },
            {
              EvaluationResults: ["s3", "sqs", "sns"].map((service) => ({
                EvalDecision: allowed.split(" ").includes(service) ? "allowed" : "implicitDeny",
              })),
            },
          ] as const,
      ),
      ...["policy/own", "arn:aws:iam::ACCOUNT:policy/*/own", "arn:aws:iam::ACCOUNT:policy/a*b*"].map(
        (PolicyArn) =>
          [
            "SimulatePrincipalPolicy",
            { PolicySourceArn: caller, ActionNames: ["s3:GetObject"], PolicyExclusionList: [{ PolicyArn }] },
            invalid(`Invalid policy identifier: ${PolicyArn}`),
          ] as const,
      ),
    ],
  ]);

  test("the organization that binds the caller decides too, and is told", async () => {
    const account = await accountWith(iam(), policy(allow("s3:Get*")));
    const simulate = async (PolicySourceArn: string, more: object = {}) => {
      const input = { PolicySourceArn, ActionNames: ["s3:GetObject", "s3:PutObject"], ...more };
      const { EvaluationResults } = await iam().call(account, "SimulatePrincipalPolicy", input);
      return (EvaluationResults as Record<string, unknown>[]).map((result) => [
        result.EvalDecision,
        result.OrganizationsDecisionDetail,
      ]);
    };
    const user = `arn:aws:iam::${account}:user/ann`;
    expect(await simulate(user)).toEqual([
      ["allowed", { AllowedByOrganizations: true }],
      ["implicitDeny", { AllowedByOrganizations: false }],
    ]);
    for (const PolicyExclusionList of [[{ PolicyType: "scp" }], [{ PolicyArn: control("p-1*") }]]) {
      expect(await simulate(user, { PolicyExclusionList })).toEqual([
        ["allowed", expectedOf(PolicyExclusionList)],
        ["allowed", expectedOf(PolicyExclusionList)],
      ]);
    }
    // A service-linked role is not bound.
    await iam().store.transaction(async (tx) => {
      await tx
        .tables<{ iam_role: { account: string; arn: string } }>()
        .updateTable("iam_role")
        .set({ arn: `arn:aws:iam::${account}:role/aws-service-role/x.amazonaws.com/r` })
        .where("account", "=", account)
        .execute();
    });
    expect(await simulate(`arn:aws:iam::${account}:role/aws-service-role/x.amazonaws.com/r`)).toEqual([
      ["allowed", undefined],
      ["allowed", undefined],
    ]);
    iam().controls.delete(account);
    expect(await simulate(user)).toEqual([
      ["allowed", undefined],
      ["allowed", undefined],
    ]);
  });

  test("pages of results run through every action, and a marker that is none is refused", async () => {
    const account = iam().account();
    const input = { PolicyInputList: [all], ActionNames: ["a:A", "a:B", "a:C"], MaxItems: 2 };
    const first = await iam().call(account, "SimulateCustomPolicy", input);
    const second = await iam().call(account, "SimulateCustomPolicy", { ...input, Marker: first.Marker });
    const names = [first, second].flatMap(({ EvaluationResults }) =>
      (EvaluationResults as { EvalActionName: string }[]).map(({ EvalActionName }) => EvalActionName),
    );
    expect(names).toEqual(["a:A", "a:B", "a:C"]);
    expect([first.IsTruncated, second.IsTruncated]).toEqual([true, false]);
    const refused = iam().call(account, "SimulateCustomPolicy", { ...input, Marker: "no" });
    expect(await outcomeOf(refused)).toMatch(/^ValidationError: /);
  });
});

const control = (id: string) =>
  `arn:aws:organizations::333333333333:policy/o-abc/service_control_policy/${id}`;

/** Without its one policy the level of the account binds no longer; the root's still allows. */
function expectedOf(exclusions: readonly object[]): object | undefined {
  return "PolicyType" in (exclusions[0] ?? {}) ? undefined : { AllowedByOrganizations: true };
}

/** An account with a user and a role that may do everything, bound by an organization. */
async function accountWith(iam: IamUnderTest, document: string): Promise<AccountId> {
  const account = iam.account();
  iam.controls.set(account, [
    [{ name: "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess", document: all }],
    [{ name: control("p-1234"), document }],
  ]);
  await iam.call(account, "CreateUser", { UserName: "ann" });
  await iam.call(account, "PutUserPolicy", { UserName: "ann", PolicyName: "p", PolicyDocument: all });
  const trust = policy({
    Effect: "Allow",
    Principal: { Service: "x.amazonaws.com" },
    Action: "sts:AssumeRole",
  });
  await iam.call(account, "CreateRole", { RoleName: "r", AssumeRolePolicyDocument: trust });
  await iam.call(account, "PutRolePolicy", { RoleName: "r", PolicyName: "p", PolicyDocument: all });
  return account;
}
