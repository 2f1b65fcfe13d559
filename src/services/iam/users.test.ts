import { expect, test } from "vitest";
import { onBothDatabases, outcomeOf, play, userOf } from "./testing.ts";

const allow = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';

onBothDatabases("users", (iam) => {
  // Codes and texts: AWS's answers as localstack's AWS-validated tests recorded them in February 2026.
  play(iam, [
    [
      "a user is made, found by any spelling, listed and deleted",
      [
        "CreateUser",
        { UserName: "Alice", Path: "/staff/" },
        {
          User: {
            Path: "/staff/",
            UserName: "Alice",
            Arn: "arn:aws:iam::ACCOUNT:user/staff/Alice",
            CreateDate: "2026-09-11T10:20:28.000Z",
          },
        },
      ],
      ["CreateUser", { UserName: "alice" }, "EntityAlreadyExists: User with name alice already exists."],
      ["GetUser", { UserName: "ALICE" }, { User: { UserName: "Alice" } }],
      ["ListUsers", {}, { Users: [{ UserName: "Alice" }], IsTruncated: false }],
      ["DeleteUser", { UserName: "Alice" }],
      ["GetUser", { UserName: "Alice" }, "NoSuchEntity: The user with name Alice cannot be found."],
      ["DeleteUser", { UserName: "Alice" }, "NoSuchEntity: The user with name Alice cannot be found."],
      [
        "UpdateUser",
        { UserName: "Alice", NewPath: "/x/" },
        "NoSuchEntity: The user with name Alice cannot be found.",
      ],
    ],
    [
      "a new name or path keeps tags and policies",
      ["CreateUser", { UserName: "a", Tags: [{ Key: "team", Value: "1" }] }],
      ["CreateUser", { UserName: "taken" }],
      ["PutUserPolicy", { UserName: "a", PolicyName: "p", PolicyDocument: allow }],
      [
        "UpdateUser",
        { UserName: "a", NewUserName: "TAKEN" },
        "EntityAlreadyExists: User with name TAKEN already exists.",
      ],
      ["UpdateUser", { UserName: "a", NewUserName: "A" }],
      ["UpdateUser", { UserName: "a", NewUserName: "b", NewPath: "/new/" }],
      ["GetUser", { UserName: "a" }, "NoSuchEntity: The user with name a cannot be found."],
      [
        "GetUser",
        { UserName: "b" },
        {
          User: {
            Arn: "arn:aws:iam::ACCOUNT:user/new/b",
            Path: "/new/",
            Tags: [{ Key: "team", Value: "1" }],
          },
        },
      ],
      ["ListUserPolicies", { UserName: "b" }, { PolicyNames: ["p"] }],
    ],
    [
      "a user that still has something is not deleted",
      ["CreateUser", { UserName: "u" }],
      ["CreateGroup", { GroupName: "g" }],
      ["AddUserToGroup", { UserName: "u", GroupName: "g" }],
      ["AttachUserPolicy", { UserName: "u", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
      ["PutUserPolicy", { UserName: "u", PolicyName: "p", PolicyDocument: allow }],
      ["CreateAccessKey", { UserName: "u" }, { AccessKey: { UserName: "u", Status: "Active" } }],
      [
        "DeleteUser",
        { UserName: "u" },
        "DeleteConflict: Cannot delete entity, must detach all policies first.",
      ],
      ["DetachUserPolicy", { UserName: "u", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
      ["DeleteUser", { UserName: "u" }, "DeleteConflict: Cannot delete entity, must delete policies first."],
      ["DeleteUserPolicy", { UserName: "u", PolicyName: "P" }],
      [
        "DeleteUser",
        { UserName: "u" },
        "DeleteConflict: Cannot delete entity, must delete access keys first.",
      ],
    ],
    [
      "a user in a group is not deleted",
      ["CreateUser", { UserName: "u" }],
      ["CreateGroup", { GroupName: "g" }],
      ["AddUserToGroup", { UserName: "u", GroupName: "g" }],
      [
        "DeleteUser",
        { UserName: "u" },
        "DeleteConflict: Cannot delete entity, must remove users from group first.",
      ],
      ["RemoveUserFromGroup", { UserName: "u", GroupName: "g" }],
      ["DeleteUser", { UserName: "u" }],
    ],
    [
      "tag keys of users are compared without regard to case",
      [
        "CreateUser",
        {
          UserName: "u",
          Tags: [
            { Key: "a", Value: "1" },
            { Key: "A", Value: "2" },
          ],
        },
        "InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
      ],
      [
        "CreateUser",
        {
          UserName: "u",
          Tags: [
            { Key: "Team", Value: "1" },
            { Key: "Env", Value: "2" },
          ],
        },
      ],
      [
        "ListUserTags",
        { UserName: "u" },
        {
          Tags: [
            { Key: "Env", Value: "2" },
            { Key: "Team", Value: "1" },
          ],
          IsTruncated: false,
        },
      ],
      ["TagUser", { UserName: "u", Tags: [{ Key: "TEAM", Value: "3" }] }],
      ["UntagUser", { UserName: "u", TagKeys: ["env", "absent"] }],
      ["ListUserTags", { UserName: "u" }, { Tags: [{ Key: "TEAM", Value: "3" }] }],
      [
        "TagUser",
        { UserName: "u", Tags: [{ Key: "AWS:x", Value: "" }] },
        "InvalidInput: Caller is an end user and not allowed to mutate system tags",
      ],
      [
        "UntagUser",
        { UserName: "u", TagKeys: ["aws:x"] },
        "InvalidInput: Caller is an end user and not allowed to mutate system tags",
      ],
      ["TagUser", { UserName: "x", Tags: [] }, "NoSuchEntity: The user with name x cannot be found."],
      ["UntagUser", { UserName: "x", TagKeys: [] }, "NoSuchEntity: The user with name x cannot be found."],
      ["ListUserTags", { UserName: "x" }, "NoSuchEntity: The user with name x cannot be found."],
      [
        "TagUser",
        { UserName: "u", Tags: Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: "" })) },
        "LimitExceeded: The number of tags has reached the maximum limit.",
      ],
    ],
    [
      "a path selects by its beginning, whatever case rules the database has",
      ["CreateUser", { UserName: "a", Path: "/ab/" }],
      ["CreateUser", { UserName: "b", Path: "/ab/c/" }],
      ["CreateUser", { UserName: "c", Path: "/abc/" }],
      ["CreateUser", { UserName: "d", Path: "/AB/" }],
      ["CreateUser", { UserName: "e" }],
      ["ListUsers", { PathPrefix: "/ab/" }, { Users: [{ UserName: "a" }, { UserName: "b" }] }],
      [
        "ListUsers",
        { PathPrefix: "/ab" },
        { Users: [{ UserName: "a" }, { UserName: "b" }, { UserName: "c" }] },
      ],
      ["ListUsers", { PathPrefix: "/AB/" }, { Users: [{ UserName: "d" }] }],
      ["ListUsers", { Marker: "nonsense" }, "ValidationError: Invalid Marker."],
    ],
    [
      "a permissions boundary is set, shown and removed",
      [
        "CreateUser",
        { UserName: "u", PermissionsBoundary: "arn:aws:iam::ACCOUNT:policy/absent" },
        "NoSuchEntity: Scope ARN: arn:aws:iam::ACCOUNT:policy/absent does not exist or is not attachable.",
      ],
      ["CreateUser", { UserName: "u", PermissionsBoundary: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
      [
        "GetUser",
        { UserName: "u" },
        {
          User: {
            PermissionsBoundary: {
              PermissionsBoundaryType: "Policy",
              PermissionsBoundaryArn: "arn:aws:iam::aws:policy/ReadOnlyAccess",
            },
          },
        },
      ],
      [
        "PutUserPermissionsBoundary",
        {
          UserName: "u",
          PermissionsBoundary: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        },
      ],
      ["DeleteUserPermissionsBoundary", { UserName: "u" }],
      [
        "DeleteUserPermissionsBoundary",
        { UserName: "u" },
        "NoSuchEntity: The permissions boundary of user u cannot be found.",
      ],
    ],
    [
      "has no credentials at first, which clients that clean up after a user rely on",
      ["CreateUser", { UserName: "u" }],
      ["ListMFADevices", { UserName: "u" }, { MFADevices: [], IsTruncated: false }],
      ["ListVirtualMFADevices", {}, { VirtualMFADevices: [], IsTruncated: false }],
      ["ListSigningCertificates", { UserName: "u" }, { Certificates: [], IsTruncated: false }],
      ["ListSSHPublicKeys", { UserName: "u" }, { SSHPublicKeys: [], IsTruncated: false }],
      ["ListServiceSpecificCredentials", { UserName: "u" }, { ServiceSpecificCredentials: [] }],
      ["GetLoginProfile", { UserName: "u" }, "NoSuchEntity: Login Profile for User u cannot be found."],
      ["DeleteLoginProfile", { UserName: "u" }, "NoSuchEntity: Login Profile for User u cannot be found."],
      ["ListMFADevices", { UserName: "x" }, "NoSuchEntity: The user with name x cannot be found."],
    ],
  ]);

  test("without a name GetUser shows the caller, if it is a user or root", async () => {
    const account = iam().account();
    const made = await iam().call(account, "CreateUser", { UserName: "me" });
    expect(await iam().call(account, "GetUser", {}, userOf(account, "me"))).toEqual(made);
    expect(await iam().call(account, "GetUser", {})).toMatchObject({
      User: { UserId: account, Arn: `arn:aws:iam::${account}:root` },
    });
    const service = { type: "AWSService", service: "ecs.amazonaws.com", account } as const;
    expect(await outcomeOf(iam().call(account, "GetUser", {}, service))).toBe(
      "ValidationError: Must specify userName when calling with non-User credentials",
    );
  });

  test("pages follow each other without loss when users come and go between them", async () => {
    const account = iam().account();
    for (const name of ["e", "B", "a", "d", "C"]) await iam().call(account, "CreateUser", { UserName: name });
    const first = await iam().call(account, "ListUsers", { MaxItems: 2 });
    expect(first).toMatchObject({ Users: [{ UserName: "a" }, { UserName: "B" }], IsTruncated: true });
    await iam().call(account, "DeleteUser", { UserName: "B" });
    await iam().call(account, "CreateUser", { UserName: "aa" });
    const second = await iam().call(account, "ListUsers", { MaxItems: 2, Marker: first.Marker });
    expect(second).toMatchObject({ Users: [{ UserName: "C" }, { UserName: "d" }], IsTruncated: true });
    const last = await iam().call(account, "ListUsers", { MaxItems: 2, Marker: second.Marker });
    expect(last).toEqual({ Users: [expect.objectContaining({ UserName: "e" })], IsTruncated: false });
  });

  test("accounts do not see each other's users", async () => {
    const [one, two] = [iam().account(), iam().account()];
    await iam().call(one, "CreateUser", { UserName: "same" });
    await iam().call(two, "CreateUser", { UserName: "same" });
    await iam().call(two, "DeleteUser", { UserName: "same" });
    expect(await iam().call(two, "ListUsers", {})).toEqual({ Users: [], IsTruncated: false });
    expect(await iam().call(one, "ListUsers", {})).toMatchObject({
      Users: [{ Arn: `arn:aws:iam::${one}:user/same` }],
    });
  });

  test("of two who make one user at once, one does", async () => {
    const account = iam().account();
    const made = await Promise.all(
      ["Twin", "twin"].map((UserName) => outcomeOf(iam().call(account, "CreateUser", { UserName }))),
    );
    expect(made.filter((outcome) => typeof outcome === "string")).toEqual([
      expect.stringMatching(/^EntityAlreadyExists: User with name [Tt]win already exists\.$/),
    ]);
  });
});
