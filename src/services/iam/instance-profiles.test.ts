import { expect, test } from "vitest";
import type { RoleId } from "../../kernel/brand.ts";
import { entityArn, nameKey } from "./entities.ts";
import type { IamTables, RoleRow } from "./store.ts";
import { onBothDatabases, outcomeOf, play } from "./testing.ts";

const trust =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}';

onBothDatabases("instance profiles", (iam) => {
  // Codes and texts: AWS's answers as localstack's AWS-validated tests recorded them in February 2026.
  play(iam, [
    [
      "a profile is made and deleted",
      [
        "CreateInstanceProfile",
        { InstanceProfileName: "p", Path: "/x/" },
        {
          InstanceProfile: {
            Path: "/x/",
            InstanceProfileName: "p",
            Arn: "arn:aws:iam::ACCOUNT:instance-profile/x/p",
            CreateDate: "2026-09-11T10:20:28.000Z",
            Roles: [],
          },
        },
      ],
      [
        "CreateInstanceProfile",
        { InstanceProfileName: "P" },
        "EntityAlreadyExists: Instance Profile P already exists.",
      ],
      ["GetInstanceProfile", { InstanceProfileName: "p" }, { InstanceProfile: { Roles: [], Tags: [] } }],
      ["ListInstanceProfiles", { PathPrefix: "/x/" }, { InstanceProfiles: [{ InstanceProfileName: "p" }] }],
      ["ListInstanceProfiles", { PathPrefix: "/y/" }, { InstanceProfiles: [], IsTruncated: false }],
      ["DeleteInstanceProfile", { InstanceProfileName: "p" }],
      [
        "GetInstanceProfile",
        { InstanceProfileName: "p" },
        "NoSuchEntity: Instance Profile p cannot be found.",
      ],
      [
        "DeleteInstanceProfile",
        { InstanceProfileName: "p" },
        "NoSuchEntity: Instance Profile p cannot be found.",
      ],
    ],
    [
      "a profile holds one role",
      ["CreateInstanceProfile", { InstanceProfileName: "p" }],
      ["CreateInstanceProfile", { InstanceProfileName: "empty" }],
      ["CreateRole", { RoleName: "r", AssumeRolePolicyDocument: trust }],
      ["CreateRole", { RoleName: "s", AssumeRolePolicyDocument: trust }],
      ["AddRoleToInstanceProfile", { InstanceProfileName: "p", RoleName: "R" }],
      [
        "AddRoleToInstanceProfile",
        { InstanceProfileName: "p", RoleName: "s" },
        "LimitExceeded: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
      ],
      [
        "GetInstanceProfile",
        { InstanceProfileName: "p" },
        { InstanceProfile: { Roles: [{ RoleName: "r", Path: "/" }] } },
      ],
      [
        "ListInstanceProfilesForRole",
        { RoleName: "r" },
        { InstanceProfiles: [{ InstanceProfileName: "p" }] },
      ],
      ["ListInstanceProfilesForRole", { RoleName: "s" }, { InstanceProfiles: [], IsTruncated: false }],
      [
        "DeleteInstanceProfile",
        { InstanceProfileName: "p" },
        "DeleteConflict: Cannot delete entity, must remove roles from instance profile first.",
      ],
      [
        "RemoveRoleFromInstanceProfile",
        { InstanceProfileName: "p", RoleName: "s" },
        "NoSuchEntity: Role s in Instance Profile p cannot be found.",
      ],
      ["RemoveRoleFromInstanceProfile", { InstanceProfileName: "p", RoleName: "r" }],
      ["GetInstanceProfile", { InstanceProfileName: "p" }, { InstanceProfile: { Roles: [] } }],
      ["DeleteInstanceProfile", { InstanceProfileName: "p" }],
      [
        "AddRoleToInstanceProfile",
        { InstanceProfileName: "p", RoleName: "r" },
        "NoSuchEntity: Instance Profile p cannot be found.",
      ],
      [
        "AddRoleToInstanceProfile",
        { InstanceProfileName: "empty", RoleName: "x" },
        "NoSuchEntity: The role with name x cannot be found.",
      ],
      [
        "RemoveRoleFromInstanceProfile",
        { InstanceProfileName: "empty", RoleName: "x" },
        "NoSuchEntity: The role with name x cannot be found.",
      ],
    ],
    [
      "tags, whose keys differ by case",
      ["CreateInstanceProfile", { InstanceProfileName: "p", Tags: [{ Key: "b", Value: "1" }] }],
      ["TagInstanceProfile", { InstanceProfileName: "p", Tags: [{ Key: "B", Value: "2" }] }],
      [
        "ListInstanceProfileTags",
        { InstanceProfileName: "p" },
        {
          Tags: [
            { Key: "B", Value: "2" },
            { Key: "b", Value: "1" },
          ],
          IsTruncated: false,
        },
      ],
      ["UntagInstanceProfile", { InstanceProfileName: "p", TagKeys: ["b"] }],
      [
        "GetInstanceProfile",
        { InstanceProfileName: "p" },
        { InstanceProfile: { Tags: [{ Key: "B", Value: "2" }] } },
      ],
      [
        "TagInstanceProfile",
        { InstanceProfileName: "x", Tags: [] },
        "NoSuchEntity: Instance Profile x cannot be found.",
      ],
    ],
  ]);

  // A capture of 2026-09-11: AWS's answers for a role of Auto Scaling.
  test("a service-linked role goes into no instance profile", async () => {
    const account = iam().account();
    const name = "AWSServiceRoleForAutoScaling_probe";
    const path = "/aws-service-role/autoscaling.amazonaws.com/";
    const role: RoleRow = {
      account,
      name_key: nameKey(name),
      name,
      path,
      id: `AROA${account}` as RoleId,
      arn: entityArn(account, "role", path, name),
      created_at: 0,
      boundary: null,
      service_principal: "autoscaling.amazonaws.com",
      document: JSON.stringify({ trustPolicy: trust, maxSessionDuration: 3600, tags: [] }),
    };
    await iam().store.transaction(async (tx) => {
      await tx.tables<IamTables>().insertInto("iam_role").values(role).execute();
    });
    await iam().call(account, "CreateInstanceProfile", { InstanceProfileName: "p" });
    for (const operation of ["AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile"]) {
      const input = { InstanceProfileName: "p", RoleName: name };
      expect(await outcomeOf(iam().call(account, operation, input))).toBe(
        `UnmodifiableEntity: Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
      );
    }
  });
});
