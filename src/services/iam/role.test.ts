import { expect, test } from "vitest";
import { onBothDatabases, outcomeOf, play } from "./testing.ts";
import { keptTrustPolicy } from "./trust-policy.ts";

const trust = (principal: object) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: principal }],
  });
const service = trust({ Service: "ec2.amazonaws.com" });
const kept = (principal: object) =>
  encodeURIComponent(
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }],
    }),
  );
const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const boundary = { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: readOnly };
const allow = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
const missing = "NoSuchEntity: The role with name none cannot be found.";
const base = {
  Path: "/probe/",
  RoleName: "probe",
  Arn: "arn:aws:iam::ACCOUNT:role/probe/probe",
  CreateDate: "2026-09-11T10:20:28.000Z",
};

onBothDatabases("roles", (iam) => {
  play(iam, [
    [
      // Recorded from AWS on 2026-09-11: which members each answer has, and the two spellings of the trust policy.
      "a role is made, shown, changed and deleted",
      [
        "CreateRole",
        {
          RoleName: "probe",
          Path: "/probe/",
          AssumeRolePolicyDocument: service,
          Description: "created",
          PermissionsBoundary: readOnly,
          Tags: [{ Key: "team", Value: "probe" }],
        },
        {
          Role: {
            ...base,
            AssumeRolePolicyDocument: encodeURIComponent(service),
            PermissionsBoundary: boundary,
            Tags: [{ Key: "team", Value: "probe" }],
          },
        },
      ],
      [
        "GetRole",
        { RoleName: "Probe" },
        {
          Role: {
            ...base,
            AssumeRolePolicyDocument: kept({ Service: "ec2.amazonaws.com" }),
            Description: "created",
            MaxSessionDuration: 3600,
            PermissionsBoundary: boundary,
            Tags: [{ Key: "team", Value: "probe" }],
            RoleLastUsed: {},
          },
        },
      ],
      [
        "CreateRole",
        { RoleName: "PROBE", AssumeRolePolicyDocument: service },
        "EntityAlreadyExists: Role with name PROBE already exists.",
      ],
      [
        "ListRoles",
        { PathPrefix: "/probe/" },
        { Roles: [{ ...base, Description: "created", MaxSessionDuration: 3600 }], IsTruncated: false },
      ],
      ["ListRoles", { PathPrefix: "/other/" }, { Roles: [], IsTruncated: false }],
      ["UpdateRole", { RoleName: "probe", MaxSessionDuration: 7200 }],
      ["GetRole", { RoleName: "probe" }, { Role: { Description: "created", MaxSessionDuration: 7200 } }],
      [
        "UpdateRoleDescription",
        { RoleName: "probe", Description: "updated" },
        { Role: { ...base, Description: "updated" } },
      ],
      ["UpdateRole", { RoleName: "probe", Description: "again" }],
      ["GetRole", { RoleName: "probe" }, { Role: { Description: "again", MaxSessionDuration: 7200 } }],
      ["UpdateAssumeRolePolicy", { RoleName: "probe", PolicyDocument: trust({ AWS: "ACCOUNT" }) }],
      [
        "GetRole",
        { RoleName: "probe" },
        { Role: { AssumeRolePolicyDocument: kept({ AWS: "arn:aws:iam::ACCOUNT:root" }) } },
      ],
      ["DeleteRolePermissionsBoundary", { RoleName: "probe" }],
      [
        "DeleteRolePermissionsBoundary",
        { RoleName: "probe" },
        "NoSuchEntity: The permissions boundary of role probe cannot be found.",
      ],
      ["PutRolePermissionsBoundary", { RoleName: "probe", PermissionsBoundary: readOnly }],
      ["DeleteRole", { RoleName: "probe" }],
      ["GetRole", { RoleName: "probe" }, "NoSuchEntity: The role with name probe cannot be found."],
    ],
    [
      "a role keeps until everything that hangs on it is gone",
      ["CreateRole", { RoleName: "r", AssumeRolePolicyDocument: service }],
      ["CreateInstanceProfile", { InstanceProfileName: "p" }],
      ["AddRoleToInstanceProfile", { InstanceProfileName: "p", RoleName: "r" }],
      ["AttachRolePolicy", { RoleName: "r", PolicyArn: readOnly }],
      ["AttachRolePolicy", { RoleName: "r", PolicyArn: readOnly }],
      [
        "ListAttachedRolePolicies",
        { RoleName: "r" },
        { AttachedPolicies: [{ PolicyName: "ReadOnlyAccess", PolicyArn: readOnly }] },
      ],
      ["PutRolePolicy", { RoleName: "r", PolicyName: "Mixed", PolicyDocument: allow }],
      ["PutRolePolicy", { RoleName: "r", PolicyName: "mixed", PolicyDocument: allow }],
      ["ListRolePolicies", { RoleName: "r" }, { PolicyNames: ["Mixed"], IsTruncated: false }],
      [
        "GetRolePolicy",
        { RoleName: "r", PolicyName: "MIXED" },
        {
          RoleName: "r",
          PolicyName: "MIXED",
          PolicyDocument: encodeURIComponent(allow).replaceAll("*", "%2A"),
        },
      ],
      [
        "DeleteRole",
        { RoleName: "r" },
        "DeleteConflict: Cannot delete entity, must remove roles from instance profile first.",
      ],
      ["RemoveRoleFromInstanceProfile", { InstanceProfileName: "p", RoleName: "r" }],
      [
        "DeleteRole",
        { RoleName: "r" },
        "DeleteConflict: Cannot delete entity, must detach all policies first.",
      ],
      ["DetachRolePolicy", { RoleName: "r", PolicyArn: readOnly }],
      [
        "DetachRolePolicy",
        { RoleName: "r", PolicyArn: readOnly },
        `NoSuchEntity: Policy ${readOnly} was not found.`,
      ],
      ["DeleteRole", { RoleName: "r" }, "DeleteConflict: Cannot delete entity, must delete policies first."],
      ["DeleteRolePolicy", { RoleName: "r", PolicyName: "mixed" }],
      [
        "DeleteRolePolicy",
        { RoleName: "r", PolicyName: "mixed" },
        "NoSuchEntity: The role policy with name mixed cannot be found.",
      ],
      ["DeleteRole", { RoleName: "r" }],
    ],
    [
      "a trust policy that AWS would refuse is refused",
      [
        "CreateRole",
        { RoleName: "r", AssumeRolePolicyDocument: "{}" },
        "MalformedPolicyDocument: Could not parse the policy: Statement is empty!",
      ],
      [
        "CreateRole",
        { RoleName: "r", AssumeRolePolicyDocument: trust({ AWS: "arn:aws:iam::ACCOUNT:role/none" }) },
        'MalformedPolicyDocument: Invalid principal in policy: "AWS":"arn:aws:iam::ACCOUNT:role/none"',
      ],
      [
        "CreateRole",
        {
          RoleName: "r",
          AssumeRolePolicyDocument: trust({
            Service: Array.from({ length: 99 }, (_, i) => `service-${i}-of-many.amazonaws.com`),
          }),
        },
        "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048",
      ],
      ["GetRole", { RoleName: "r" }, "NoSuchEntity: The role with name r cannot be found."],
    ],
    [
      "tags: keys ignore case, values change, pages follow keys",
      ["CreateRole", { RoleName: "r", AssumeRolePolicyDocument: service, Tags: [{ Key: "b", Value: "1" }] }],
      [
        "TagRole",
        {
          RoleName: "r",
          Tags: [
            { Key: "B", Value: "2" },
            { Key: "a", Value: "3" },
          ],
        },
      ],
      [
        "ListRoleTags",
        { RoleName: "r" },
        {
          Tags: [
            { Key: "B", Value: "2" },
            { Key: "a", Value: "3" },
          ],
        },
      ],
      [
        "ListRoleTags",
        { RoleName: "r", MaxItems: 1 },
        { Tags: [{ Key: "B", Value: "2" }], IsTruncated: true },
      ],
      ["UntagRole", { RoleName: "r", TagKeys: ["b", "c"] }],
      ["ListRoleTags", { RoleName: "r" }, { Tags: [{ Key: "a", Value: "3" }], IsTruncated: false }],
    ],
    [
      "a role that is not there",
      ["GetRole", { RoleName: "none" }, missing],
      ["DeleteRole", { RoleName: "none" }, missing],
      ["UpdateRole", { RoleName: "none" }, missing],
      ["TagRole", { RoleName: "none", Tags: [] }, missing],
      ["AttachRolePolicy", { RoleName: "none", PolicyArn: readOnly }, missing],
      ["DeleteServiceLinkedRole", { RoleName: "none" }, missing],
    ],
  ]);

  test("a list goes on where its page ended", async () => {
    const account = iam().account();
    const names = ["a", "B", "c", "D", "e"];
    for (const RoleName of names)
      await iam().call(account, "CreateRole", { RoleName, AssumeRolePolicyDocument: service });
    const seen: unknown[] = [];
    let Marker: unknown;
    do {
      const page = await iam().call(account, "ListRoles", { MaxItems: 2, Marker });
      seen.push(...(page.Roles as { RoleName: string }[]).map((role) => role.RoleName));
      Marker = page.Marker;
    } while (Marker !== undefined);
    expect(seen).toEqual(names);
    const bad = await outcomeOf(iam().call(account, "ListRoles", { Marker: "?" }));
    expect(bad).toBe("ValidationError: Invalid Marker.");
  });

  test("permissions name the role where it is, and its boundary", async () => {
    const account = iam().account();
    await iam().call(account, "CreateRole", {
      RoleName: "R",
      Path: "/there/",
      AssumeRolePolicyDocument: service,
      PermissionsBoundary: readOnly,
    });
    const [wanted] = await iam().authorise(account, "AttachRolePolicy", {
      RoleName: "r",
      PolicyArn: "arn:x",
    });
    expect(wanted).toEqual({
      action: "iam:AttachRolePolicy",
      resource: `arn:aws:iam::${account}:role/there/R`,
      shown: "role r",
      context: { "iam:PermissionsBoundary": readOnly, "iam:PolicyARN": "arn:x" },
    });
    const [tag] = await iam().authorise(account, "TagRole", {
      RoleName: "none",
      Tags: [{ Key: "k", Value: "v" }],
    });
    expect(tag).toEqual({
      action: "iam:TagRole",
      resource: `arn:aws:iam::${account}:role/none`,
      shown: "role none",
      context: { "aws:RequestTag/k": "v", "aws:TagKeys": ["k"] },
    });
  });
});

test.each([
  [
    "single values and order",
    {
      Statement: {
        Principal: { Service: ["a.amazonaws.com"] },
        Action: ["sts:AssumeRole"],
        Effect: "Allow",
        Sid: "s",
      },
      Version: "2012-10-17",
    },
    {
      Version: "2012-10-17",
      Statement: [
        { Sid: "s", Effect: "Allow", Principal: { Service: "a.amazonaws.com" }, Action: "sts:AssumeRole" },
      ],
    },
  ],
  [
    "several values and conditions",
    {
      Version: "2012-10-17",
      Id: "i",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: ["111122223333", "arn:aws:iam::1:root"] },
          Action: ["a", "b"],
          Condition: { Bool: { k: ["true"] } },
        },
      ],
    },
    {
      Version: "2012-10-17",
      Id: "i",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: ["arn:aws:iam::111122223333:root", "arn:aws:iam::1:root"] },
          Action: ["a", "b"],
          Condition: { Bool: { k: ["true"] } },
        },
      ],
    },
  ],
  [
    "anybody",
    { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: "*", Action: "x" }] },
    { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: "*", Action: "x" }] },
  ],
])("a trust policy is kept in one form: %s", (_what, given, expected) => {
  expect(keptTrustPolicy(JSON.stringify(given))).toBe(JSON.stringify(expected));
});
