import { expect, test } from "vitest";
import { onBothDatabases, outcomeOf } from "./testing.ts";

/**
 * IAM User Guide, "IAM and STS quotas", name requirements: names of users, groups, roles, policies and instance
 * profiles are unique within the account and not distinguished by case; they are answered as they were given.
 */

const trust =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}';
const allow = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';

const kinds: readonly (readonly [operation: string, kind: string, input: (name: string) => object])[] = [
  ["CreateUser", "User", (UserName) => ({ UserName })],
  ["CreateGroup", "Group", (GroupName) => ({ GroupName })],
  ["CreateRole", "Role", (RoleName) => ({ RoleName, AssumeRolePolicyDocument: trust })],
  ["CreatePolicy", "Policy", (PolicyName) => ({ PolicyName, PolicyDocument: allow })],
  ["CreateInstanceProfile", "InstanceProfile", (InstanceProfileName) => ({ InstanceProfileName })],
];

onBothDatabases("a name in another case of its letters", (iam) => {
  test.each(kinds)("%s finds it taken", async (operation, kind, input) => {
    const account = iam().account();
    const create = (name: string) => outcomeOf(iam().call(account, operation, input(name)));
    expect(await create("Harbour-Master")).toMatchObject({ [kind]: { [`${kind}Name`]: "Harbour-Master" } });
    for (const name of ["harbour-master", "HARBOUR-MASTER", "Harbour-Master"]) {
      expect(await create(name)).toMatch(/^EntityAlreadyExists: /);
    }
    expect(await create("Harbour-Mate")).toBeTypeOf("object");
    // Another account has names of its own.
    expect(await outcomeOf(iam().call(iam().account(), operation, input("harbour-master")))).toBeTypeOf(
      "object",
    );
  });

  test("is taken under every path", async () => {
    const account = iam().account();
    await iam().call(account, "CreateUser", { UserName: "ada", Path: "/one/" });
    expect(await outcomeOf(iam().call(account, "CreateUser", { UserName: "Ada", Path: "/two/" }))).toMatch(
      /^EntityAlreadyExists: /,
    );
  });
});
