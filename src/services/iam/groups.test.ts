import { expect, test } from "vitest";
import { onBothDatabases, outcomeOf, play } from "./testing.ts";

const allow = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";

onBothDatabases("groups", (iam) => {
  // Codes and texts: AWS's answers as localstack's AWS-validated tests recorded them in February 2026.
  play(iam, [
    [
      "a group is made, renamed, moved and deleted",
      [
        "CreateGroup",
        { GroupName: "Team", Path: "/some/location/" },
        {
          Group: {
            Path: "/some/location/",
            GroupName: "Team",
            Arn: "arn:aws:iam::ACCOUNT:group/some/location/Team",
            CreateDate: "2026-09-11T10:20:28.000Z",
          },
        },
      ],
      ["CreateGroup", { GroupName: "team" }, "EntityAlreadyExists: Group with name team already exists."],
      ["CreateGroup", { GroupName: "other" }],
      ["GetGroup", { GroupName: "TEAM" }, { Group: { GroupName: "Team" }, Users: [], IsTruncated: false }],
      ["ListGroups", {}, { Groups: [{ GroupName: "other" }, { GroupName: "Team" }], IsTruncated: false }],
      ["ListGroups", { PathPrefix: "/some/" }, { Groups: [{ GroupName: "Team" }] }],
      [
        "UpdateGroup",
        { GroupName: "Team", NewGroupName: "Other" },
        "EntityAlreadyExists: Group with name Other already exists.",
      ],
      ["UpdateGroup", { GroupName: "Team", NewGroupName: "squad", NewPath: "/" }],
      ["GetGroup", { GroupName: "Team" }, "NoSuchEntity: The group with name Team cannot be found."],
      ["GetGroup", { GroupName: "squad" }, { Group: { Arn: "arn:aws:iam::ACCOUNT:group/squad" } }],
      ["DeleteGroup", { GroupName: "squad" }],
      ["DeleteGroup", { GroupName: "squad" }, "NoSuchEntity: The group with name squad cannot be found."],
      [
        "UpdateGroup",
        { GroupName: "nonexisting" },
        "NoSuchEntity: The group with name nonexisting cannot be found.",
      ],
    ],
    [
      "users join and leave, as often as they like",
      ["CreateUser", { UserName: "u" }],
      ["CreateGroup", { GroupName: "g" }],
      ["CreateGroup", { GroupName: "f" }],
      ["AddUserToGroup", { UserName: "u", GroupName: "g" }],
      ["AddUserToGroup", { UserName: "U", GroupName: "G" }],
      ["AddUserToGroup", { UserName: "u", GroupName: "f" }],
      ["GetGroup", { GroupName: "g" }, { Users: [{ UserName: "u" }] }],
      ["ListGroupsForUser", { UserName: "u" }, { Groups: [{ GroupName: "f" }, { GroupName: "g" }] }],
      ["RemoveUserFromGroup", { UserName: "u", GroupName: "g" }],
      ["RemoveUserFromGroup", { UserName: "u", GroupName: "g" }],
      ["ListGroupsForUser", { UserName: "u" }, { Groups: [{ GroupName: "f" }] }],
      [
        "AddUserToGroup",
        { UserName: "x", GroupName: "g" },
        "NoSuchEntity: The user with name x cannot be found.",
      ],
      [
        "AddUserToGroup",
        { UserName: "u", GroupName: "x" },
        "NoSuchEntity: The group with name x cannot be found.",
      ],
      [
        "RemoveUserFromGroup",
        { UserName: "any-user", GroupName: "any-group" },
        "NoSuchEntity: The user with name any-user cannot be found.",
      ],
      ["ListGroupsForUser", { UserName: "x" }, "NoSuchEntity: The user with name x cannot be found."],
    ],
    [
      "a group that still has something is not deleted",
      ["CreateUser", { UserName: "u" }],
      ["CreateGroup", { GroupName: "g" }],
      ["AddUserToGroup", { UserName: "u", GroupName: "g" }],
      ["AttachGroupPolicy", { GroupName: "g", PolicyArn: readOnly }],
      ["PutGroupPolicy", { GroupName: "g", PolicyName: "p", PolicyDocument: allow }],
      [
        "DeleteGroup",
        { GroupName: "g" },
        "DeleteConflict: Cannot delete entity, must remove users from group first.",
      ],
      ["RemoveUserFromGroup", { UserName: "u", GroupName: "g" }],
      [
        "DeleteGroup",
        { GroupName: "g" },
        "DeleteConflict: Cannot delete entity, must detach all policies first.",
      ],
      ["DetachGroupPolicy", { GroupName: "g", PolicyArn: readOnly }],
      [
        "DeleteGroup",
        { GroupName: "g" },
        "DeleteConflict: Cannot delete entity, must delete policies first.",
      ],
      ["DeleteGroupPolicy", { GroupName: "g", PolicyName: "p" }],
      ["DeleteGroup", { GroupName: "g" }],
    ],
  ]);

  test("a user is in ten groups at most", async () => {
    const account = iam().account();
    await iam().call(account, "CreateUser", { UserName: "u" });
    const joined: unknown[] = [];
    for (let i = 0; i <= 10; i++) {
      const GroupName = `g${i}`;
      await iam().call(account, "CreateGroup", { GroupName });
      joined.push(await outcomeOf(iam().call(account, "AddUserToGroup", { UserName: "u", GroupName })));
    }
    expect(joined.slice(0, 10)).toEqual(Array(10).fill({}));
    expect(joined[10]).toBe("LimitExceeded: Cannot exceed quota for GroupsPerUser: 10");
    expect((await iam().call(account, "ListGroupsForUser", { UserName: "u" })).Groups).toHaveLength(10);
  });
});
