import { expect, test } from "vitest";
import { pageToken } from "../../kernel/page.ts";
import { onBothDatabases, outcomeOf, play, type Step } from "./testing.ts";

const allow = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
const deny = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}';
const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const own = "arn:aws:iam::ACCOUNT:policy/p";

/** A document of at least so many characters, white space not counted. */
function documentOf(characters: number): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::${"x".repeat(characters)}` },
  });
}

onBothDatabases("managed policies", (iam) => {
  // Codes and texts: AWS's answers as localstack's AWS-validated tests recorded them in February 2026.
  play(iam, [
    [
      "a policy is made, shown and deleted",
      [
        "CreatePolicy",
        { PolicyName: "p", Path: "/test/path/", PolicyDocument: allow, Description: "testing" },
        {
          Policy: {
            PolicyName: "p",
            Arn: "arn:aws:iam::ACCOUNT:policy/test/path/p",
            Path: "/test/path/",
            DefaultVersionId: "v1",
            AttachmentCount: 0,
            PermissionsBoundaryUsageCount: 0,
            IsAttachable: true,
            CreateDate: "2026-09-11T10:20:28.000Z",
            UpdateDate: "2026-09-11T10:20:28.000Z",
          },
        },
      ],
      [
        "CreatePolicy",
        { PolicyName: "P", PolicyDocument: allow },
        "EntityAlreadyExists: A policy called P already exists. Duplicate names are not allowed.",
      ],
      [
        "GetPolicy",
        { PolicyArn: "arn:aws:iam::ACCOUNT:policy/test/path/p" },
        { Policy: { Description: "testing", Tags: [] } },
      ],
      [
        "ListPolicies",
        { Scope: "Local", PathPrefix: "/test/" },
        { Policies: [{ PolicyName: "p" }], IsTruncated: false },
      ],
      ["ListPolicies", { Scope: "Local", PathPrefix: "/x/" }, { Policies: [], IsTruncated: false }],
      ["DeletePolicy", { PolicyArn: "arn:aws:iam::ACCOUNT:policy/test/path/p" }],
      [
        "GetPolicy",
        { PolicyArn: "arn:aws:iam::ACCOUNT:policy/test/path/p" },
        "NoSuchEntity: Policy arn:aws:iam::ACCOUNT:policy/test/path/p was not found.",
      ],
      [
        "DeletePolicy",
        { PolicyArn: "arn:aws:iam::ACCOUNT:policy/test/path/p" },
        "NoSuchEntity: Policy arn:aws:iam::ACCOUNT:policy/test/path/p was not found.",
      ],
    ],
    [
      "versions are numbered for good, and there are five at most",
      ["CreatePolicy", { PolicyName: "p", PolicyDocument: allow }],
      [
        "CreatePolicyVersion",
        { PolicyArn: own, PolicyDocument: deny, SetAsDefault: true },
        { PolicyVersion: { VersionId: "v2", IsDefaultVersion: true } },
      ],
      ["GetPolicy", { PolicyArn: own }, { Policy: { DefaultVersionId: "v2" } }],
      [
        "GetPolicyVersion",
        { PolicyArn: own, VersionId: "v2" },
        {
          PolicyVersion: { Document: encodeURIComponent(deny).replaceAll("*", "%2A") },
        },
      ],
      ["CreatePolicyVersion", { PolicyArn: own, PolicyDocument: allow }],
      ["CreatePolicyVersion", { PolicyArn: own, PolicyDocument: allow }],
      ["CreatePolicyVersion", { PolicyArn: own, PolicyDocument: allow }],
      [
        "CreatePolicyVersion",
        { PolicyArn: own, PolicyDocument: allow },
        "LimitExceeded: A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
      ],
      [
        "DeletePolicyVersion",
        { PolicyArn: own, VersionId: "v2" },
        "DeleteConflict: Cannot delete the default version of a policy.",
      ],
      ["SetDefaultPolicyVersion", { PolicyArn: own, VersionId: "v1" }],
      ["DeletePolicyVersion", { PolicyArn: own, VersionId: "v2" }],
      [
        "CreatePolicyVersion",
        { PolicyArn: own, PolicyDocument: allow },
        { PolicyVersion: { VersionId: "v6", IsDefaultVersion: false } },
      ],
      [
        "ListPolicyVersions",
        { PolicyArn: own },
        {
          Versions: [
            { VersionId: "v6", IsDefaultVersion: false },
            { VersionId: "v5" },
            { VersionId: "v4" },
            { VersionId: "v3" },
            { VersionId: "v1", IsDefaultVersion: true },
          ],
          IsTruncated: false,
        },
      ],
      [
        "ListPolicyVersions",
        { PolicyArn: own, MaxItems: 3, Marker: pageToken(["v5"]) },
        { Versions: [{ VersionId: "v4" }, { VersionId: "v3" }, { VersionId: "v1" }], IsTruncated: false },
      ],
      [
        "ListPolicyVersions",
        { PolicyArn: own, Marker: pageToken(["of another list"]) },
        "ValidationError: Invalid Marker.",
      ],
      [
        "DeletePolicy",
        { PolicyArn: own },
        "DeleteConflict: This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      ],
      ...["GetPolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"].map(
        (operation): Step => [
          operation,
          { PolicyArn: own, VersionId: "v9" },
          `NoSuchEntity: Policy ${own} version v9 does not exist or is not attachable.`,
        ],
      ),
      [
        "SetDefaultPolicyVersion",
        { PolicyArn: "arn:aws:iam::ACCOUNT:policy/x", VersionId: "v1" },
        "NoSuchEntity: Policy arn:aws:iam::ACCOUNT:policy/x version v1 does not exist or is not attachable.",
      ],
    ],
    [
      "tags, whose keys differ by case and are listed in order",
      [
        "CreatePolicy",
        {
          PolicyName: "p",
          PolicyDocument: allow,
          Tags: [
            { Key: "a", Value: "1" },
            { Key: "a", Value: "2" },
          ],
        },
        "InvalidInput: Duplicate tag keys found.",
      ],
      [
        "CreatePolicy",
        {
          PolicyName: "p",
          PolicyDocument: allow,
          Tags: [
            { Key: "a", Value: "l" },
            { Key: "A", Value: "u" },
          ],
        },
        {
          Policy: {
            Tags: [
              { Key: "a", Value: "l" },
              { Key: "A", Value: "u" },
            ],
          },
        },
      ],
      [
        "ListPolicyTags",
        { PolicyArn: own },
        {
          Tags: [
            { Key: "A", Value: "u" },
            { Key: "a", Value: "l" },
          ],
          IsTruncated: false,
        },
      ],
      [
        "ListPolicyTags",
        { PolicyArn: own, MaxItems: 1 },
        { Tags: [{ Key: "A", Value: "u" }], IsTruncated: true },
      ],
      ["TagPolicy", { PolicyArn: own, Tags: [{ Key: "A", Value: "" }] }],
      ["UntagPolicy", { PolicyArn: own, TagKeys: ["a"] }],
      ["GetPolicy", { PolicyArn: own }, { Policy: { Tags: [{ Key: "A", Value: "" }] } }],
      [
        "TagPolicy",
        { PolicyArn: "arn:aws:iam::ACCOUNT:policy/NotAPolicy", Tags: [] },
        "NoSuchEntity: Policy arn:aws:iam::ACCOUNT:policy/NotAPolicy was not found.",
      ],
    ],
    [
      "documents that are not policies, or too long",
      [
        "CreatePolicy",
        { PolicyName: "p", PolicyDocument: "{" },
        "MalformedPolicyDocument: Syntax errors in policy.",
      ],
      [
        "CreatePolicy",
        { PolicyName: "p", PolicyDocument: allow.replace("2012-10-17", "2008-10-17") },
        "MalformedPolicyDocument: Policy document must be version 2012-10-17 or greater.",
      ],
      [
        "CreatePolicy",
        { PolicyName: "p", PolicyDocument: documentOf(6144) },
        "LimitExceeded: Cannot exceed quota for PolicySize: 6144",
      ],
      ["CreatePolicy", { PolicyName: "p", PolicyDocument: `${" ".repeat(7000)}${documentOf(6000)}` }],
    ],
    [
      // A capture of 2026-09-11: what AWS answers to changes of its own policies.
      "AWS's own policies cannot be changed",
      [
        "DeletePolicy",
        { PolicyArn: administrator },
        "AccessDenied: Cannot delete policies outside your own account.",
      ],
      [
        "DeletePolicy",
        { PolicyArn: "arn:aws:iam::aws:policy/no-such-managed-policy" },
        "AccessDenied: Cannot delete policies outside your own account.",
      ],
      [
        "CreatePolicyVersion",
        { PolicyArn: administrator, PolicyDocument: deny },
        "AccessDenied: Cannot create versions for policies outside your own account.",
      ],
      [
        "SetDefaultPolicyVersion",
        { PolicyArn: administrator, VersionId: "v1" },
        "AccessDenied: Cannot update policies outside your own account.",
      ],
      [
        "DeletePolicyVersion",
        { PolicyArn: administrator, VersionId: "v1" },
        "AccessDenied: Cannot delete policy versions for policies outside your own account.",
      ],
      [
        "TagPolicy",
        { PolicyArn: administrator, Tags: [{ Key: "k", Value: "v" }] },
        "InvalidInput: Tags not supported for policies in this domain",
      ],
      [
        "UntagPolicy",
        { PolicyArn: administrator, TagKeys: ["k"] },
        "InvalidInput: Tags not supported for policies in this domain",
      ],
      ["ListPolicyTags", { PolicyArn: administrator }, { Tags: [] }],
      [
        "GetPolicy",
        { PolicyArn: "arn:aws-cn:iam::aws:policy/AdministratorAccess" },
        "ValidationError: Invalid ARN partition",
      ],
      [
        "GetPolicy",
        { PolicyArn: "AdministratorAccess-is-no-arn" },
        "ValidationError: ARN AdministratorAccess-is-no-arn is not valid.",
      ],
      [
        "GetPolicy",
        { PolicyArn: "arn:aws:iam::aws:policy/nul\0" },
        "ValidationError: ARN arn:aws:iam::aws:policy/nul\0 is not valid.",
      ],
      [
        "GetPolicy",
        { PolicyArn: administrator },
        {
          Policy: { PolicyName: "AdministratorAccess", DefaultVersionId: "v1", IsAttachable: true, Tags: [] },
        },
      ],
      [
        "GetPolicyVersion",
        { PolicyArn: administrator, VersionId: "v1" },
        { PolicyVersion: { IsDefaultVersion: true, VersionId: "v1" } },
      ],
      [
        "ListPolicyVersions",
        { PolicyArn: administrator },
        { Versions: [{ VersionId: "v1", IsDefaultVersion: true }], IsTruncated: false },
      ],
    ],
    [
      // A capture of 2026-09-11: AWS's reserved policies, and one that looks alike and is for everybody.
      "policies that AWS reserves attach to no user",
      ["CreateUser", { UserName: "u" }],
      ["CreateGroup", { GroupName: "g" }],
      ...[
        "aws-service-role/AmazonTimestreamInfluxDBServiceRolePolicy",
        "root-task/IAMAuditRootUserCredentials",
      ].flatMap((name): Step[] => [
        [
          "AttachUserPolicy",
          { UserName: "u", PolicyArn: `arn:aws:iam::aws:policy/${name}` },
          "PolicyNotAttachable: Cannot attach AWS reserved policy to an IAM user.",
        ],
        [
          "PutUserPermissionsBoundary",
          { UserName: "u", PermissionsBoundary: `arn:aws:iam::aws:policy/${name}` },
          "PolicyNotAttachable: Cannot attach AWS reserved policy to an IAM user.",
        ],
        [
          "AttachGroupPolicy",
          { GroupName: "g", PolicyArn: `arn:aws:iam::aws:policy/${name}` },
          "PolicyNotAttachable: Cannot attach AWS reserved policy to an IAM group.",
        ],
      ]),
      [
        "AttachUserPolicy",
        { UserName: "u", PolicyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" },
      ],
      [
        "PutUserPermissionsBoundary",
        {
          UserName: "u",
          PermissionsBoundary: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        },
      ],
    ],
    [
      "attaching twice is once, and only what is attached is detached",
      ["CreateUser", { UserName: "u" }],
      ["CreatePolicy", { PolicyName: "p", PolicyDocument: allow }],
      ["ListAttachedUserPolicies", { UserName: "u" }, { AttachedPolicies: [], IsTruncated: false }],
      ["AttachUserPolicy", { UserName: "u", PolicyArn: own }],
      ["AttachUserPolicy", { UserName: "u", PolicyArn: own }],
      ["AttachUserPolicy", { UserName: "u", PolicyArn: readOnly }],
      [
        "ListAttachedUserPolicies",
        { UserName: "u" },
        {
          AttachedPolicies: [
            { PolicyName: "ReadOnlyAccess", PolicyArn: readOnly },
            { PolicyName: "p", PolicyArn: own },
          ],
        },
      ],
      ["GetPolicy", { PolicyArn: own }, { Policy: { AttachmentCount: 1 } }],
      ["DeletePolicy", { PolicyArn: own }, "DeleteConflict: Cannot delete a policy attached to entities."],
      ["DetachUserPolicy", { UserName: "u", PolicyArn: own }],
      ["DetachUserPolicy", { UserName: "u", PolicyArn: own }, `NoSuchEntity: Policy ${own} was not found.`],
      [
        "AttachUserPolicy",
        { UserName: "u", PolicyArn: "arn:aws:iam::ACCOUNT:policy/nonexistent" },
        "NoSuchEntity: Policy arn:aws:iam::ACCOUNT:policy/nonexistent does not exist or is not attachable.",
      ],
      ["DeletePolicy", { PolicyArn: own }],
    ],
  ]);

  // A condensed capture of who uses a policy: names are the uses, as in its rows.
  test("uses are counted and listed by kind", async () => {
    const account = iam().account();
    const arn = (name: string) => `arn:aws:iam::${account}:policy/${name}`;
    const call = (operation: string, input: object) => iam().call(account, operation, input);
    for (const PolicyName of ["unused", "attached", "boundary", "both"]) {
      await call("CreatePolicy", { PolicyName, PolicyDocument: allow });
    }
    await call("CreateUser", { UserName: "u", Path: "/p/", PermissionsBoundary: arn("boundary") });
    await call("CreateUser", { UserName: "v", PermissionsBoundary: arn("both") });
    await call("CreateGroup", { GroupName: "g" });
    await call("AttachUserPolicy", { UserName: "u", PolicyArn: arn("attached") });
    await call("AttachGroupPolicy", { GroupName: "g", PolicyArn: arn("attached") });
    await call("AttachUserPolicy", { UserName: "v", PolicyArn: arn("both") });

    const counts = async (name: string) => {
      const { AttachmentCount, PermissionsBoundaryUsageCount } = (
        (await call("GetPolicy", { PolicyArn: arn(name) })) as {
          Policy: { AttachmentCount: number; PermissionsBoundaryUsageCount: number };
        }
      ).Policy;
      return [AttachmentCount, PermissionsBoundaryUsageCount];
    };
    expect(await counts("unused")).toEqual([0, 0]);
    expect(await counts("attached")).toEqual([2, 0]);
    expect(await counts("boundary")).toEqual([0, 1]);
    expect(await counts("both")).toEqual([1, 1]);

    const listed = async (input: object) =>
      (
        (await call("ListPolicies", { Scope: "Local", ...input })) as { Policies: { PolicyName: string }[] }
      ).Policies.map(({ PolicyName }) => PolicyName);
    const all = ["attached", "both", "boundary", "unused"];
    expect(await listed({})).toEqual(all);
    expect(await listed({ PolicyUsageFilter: "PermissionsBoundary" })).toEqual(all);
    expect(await listed({ OnlyAttached: false, PolicyUsageFilter: "PermissionsPolicy" })).toEqual(all);
    expect(await listed({ OnlyAttached: true })).toEqual(["attached", "both", "boundary"]);
    expect(await listed({ OnlyAttached: true, PolicyUsageFilter: "PermissionsPolicy" })).toEqual([
      "attached",
      "both",
    ]);
    expect(await listed({ OnlyAttached: true, PolicyUsageFilter: "PermissionsBoundary" })).toEqual([
      "both",
      "boundary",
    ]);

    const entities = (input: object) => call("ListEntitiesForPolicy", input);
    expect(await entities({ PolicyArn: arn("both") })).toMatchObject({ PolicyUsers: [{ UserName: "v" }] });
    expect(await entities({ PolicyArn: arn("attached") })).toMatchObject({
      PolicyUsers: [{ UserName: "u" }],
      PolicyGroups: [{ GroupName: "g" }],
      PolicyRoles: [],
      IsTruncated: false,
    });
    expect(await entities({ PolicyArn: arn("attached"), EntityFilter: "Group" })).toMatchObject({
      PolicyUsers: [],
      PolicyGroups: [{ GroupName: "g" }],
    });
    expect(await entities({ PolicyArn: arn("attached"), PathPrefix: "/p/" })).toMatchObject({
      PolicyUsers: [{ UserName: "u" }],
      PolicyGroups: [],
    });
    expect(
      await entities({ PolicyArn: arn("boundary"), PolicyUsageFilter: "PermissionsPolicy" }),
    ).toMatchObject({ PolicyUsers: [] });
    expect(await outcomeOf(iam().call(account, "DeletePolicy", { PolicyArn: arn("boundary") }))).toBe(
      "DeleteConflict: Cannot delete a policy attached to entities.",
    );
  });

  test("the pages of all policies are all of them, each once", async () => {
    const account = iam().account();
    for (const PolicyName of ["Zebra", "apple"]) {
      await iam().call(account, "CreatePolicy", { PolicyName, PolicyDocument: allow });
    }
    const names: string[] = [];
    let Marker: unknown;
    do {
      const page = await iam().call(account, "ListPolicies", { MaxItems: 400, Marker });
      names.push(...(page.Policies as { PolicyName: string }[]).map(({ PolicyName }) => PolicyName));
      ({ Marker } = page);
    } while (Marker !== undefined);
    expect(names.length).toBe(1571);
    expect(new Set(names).size).toBe(1571);
    expect(names.slice(0, 2)).toEqual(["apple", "Zebra"]);
    const aws = await iam().call(account, "ListPolicies", { Scope: "AWS", MaxItems: 1000 });
    expect((aws.Policies as unknown[]).length).toBe(1000);
    expect(aws.IsTruncated).toBe(true);
  });

  test("ten policies are attached at most", async () => {
    const account = iam().account();
    await iam().call(account, "CreateUser", { UserName: "u" });
    const outcomes: unknown[] = [];
    for (let i = 0; i <= 10; i++) {
      await iam().call(account, "CreatePolicy", { PolicyName: `p${i}`, PolicyDocument: allow });
      const PolicyArn = `arn:aws:iam::${account}:policy/p${i}`;
      outcomes.push(await outcomeOf(iam().call(account, "AttachUserPolicy", { UserName: "u", PolicyArn })));
    }
    expect(outcomes[9]).toEqual({});
    expect(outcomes[10]).toBe("LimitExceeded: Cannot exceed quota for PoliciesPerUser: 10");
  });
});

onBothDatabases("inline policies", (iam) => {
  play(
    iam,
    (["User", "Group"] as const).map((kind) => {
      const holder = { [`${kind}Name`]: "e" };
      const lower = kind.toLowerCase();
      return [
        `of a ${lower}: names match without regard to case and keep it`,
        [`Create${kind}`, holder],
        [`List${kind}Policies`, holder, { PolicyNames: [], IsTruncated: false }],
        [`Put${kind}Policy`, { ...holder, PolicyName: "MixedName", PolicyDocument: allow }],
        [`Put${kind}Policy`, { ...holder, PolicyName: "mixedname", PolicyDocument: deny }],
        [`List${kind}Policies`, holder, { PolicyNames: ["MixedName"] }],
        [
          `Get${kind}Policy`,
          { ...holder, PolicyName: "MIXEDNAME" },
          {
            ...holder,
            PolicyName: "MIXEDNAME",
            PolicyDocument: encodeURIComponent(deny).replaceAll("*", "%2A"),
          },
        ],
        [
          `Put${kind}Policy`,
          { ...holder, PolicyName: "bad", PolicyDocument: '{"Statement":{}}' },
          "MalformedPolicyDocument: Syntax errors in policy.",
        ],
        [`Delete${kind}Policy`, { ...holder, PolicyName: "mixedNAME" }],
        [
          `Get${kind}Policy`,
          { ...holder, PolicyName: "MixedName" },
          `NoSuchEntity: The ${lower} policy with name MixedName cannot be found.`,
        ],
        [
          `Delete${kind}Policy`,
          { ...holder, PolicyName: "MixedName" },
          `NoSuchEntity: The ${lower} policy with name MixedName cannot be found.`,
        ],
        [
          `Put${kind}Policy`,
          { ...holder, PolicyName: "big", PolicyDocument: documentOf(kind === "User" ? 2048 : 5120) },
          `LimitExceeded: Maximum policy size of ${kind === "User" ? 2048 : 5120} bytes exceeded for ${lower} e`,
        ],
        [`List${kind}Policies`, holder, { PolicyNames: [] }],
      ] as const;
    }),
  );
});
