import { expect, test } from "vitest";
import { createIdentityDirectory } from "./directory.ts";
import type { IamTables } from "./store.ts";
import { onBothDatabases, outcomeOf, play, userOf } from "./testing.ts";

onBothDatabases("access keys", (iam) => {
  // Codes and texts: AWS's answers as localstack's AWS-validated tests recorded them in February 2026.
  play(iam, [
    [
      "there are two at most",
      ["CreateUser", { UserName: "u" }],
      ["ListAccessKeys", { UserName: "u" }, { AccessKeyMetadata: [], IsTruncated: false }],
      ["CreateAccessKey", { UserName: "u" }],
      ["CreateAccessKey", { UserName: "u" }],
      ["CreateAccessKey", { UserName: "u" }, "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2"],
    ],
    [
      "of nobody, and that are not there",
      ["CreateUser", { UserName: "u" }],
      ["CreateAccessKey", { UserName: "x" }, "NoSuchEntity: The user with name x cannot be found."],
      [
        "UpdateAccessKey",
        { UserName: "u", AccessKeyId: "AKIAIOSFODNN7EXAMPLE", Status: "Inactive" },
        "NoSuchEntity: The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found.",
      ],
      [
        "DeleteAccessKey",
        { UserName: "u", AccessKeyId: "AKIAIOSFODNN7EXAMPLE" },
        "NoSuchEntity: The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found.",
      ],
      [
        "GetAccessKeyLastUsed",
        { AccessKeyId: "AKIAIOSFODNN7EXAMPLE" },
        "AccessDenied: User: arn:aws:iam::ACCOUNT:root is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key AKIAIOSFODNN7EXAMPLE",
      ],
    ],
  ]);

  test("a key works until it is switched off or deleted, and its secret is sealed", async () => {
    const account = iam().account();
    const directory = createIdentityDirectory(iam().ports);
    const { rows } = iam().store;
    const { User } = await iam().call(account, "CreateUser", { UserName: "u", Path: "/p/" });
    const { AccessKey } = await iam().call(account, "CreateAccessKey", { UserName: "U" });
    const { AccessKeyId, SecretAccessKey } = AccessKey as Record<string, string>;
    expect(AccessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(SecretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);

    const stored = await rows
      .tables<IamTables>()
      .selectFrom("iam_access_key")
      .select("secret")
      .where("id", "=", String(AccessKeyId))
      .executeTakeFirstOrThrow();
    expect(stored.secret).toBe(`iam.access-key|${SecretAccessKey}`);

    expect(await directory.accessKey(rows, String(AccessKeyId))).toEqual({
      secretAccessKey: SecretAccessKey,
      active: true,
      principal: {
        type: "IAMUser",
        account,
        arn: `arn:aws:iam::${account}:user/p/u`,
        userName: "u",
        userId: (User as { UserId: string }).UserId,
        accessKeyId: AccessKeyId,
      },
    });

    const used = await iam().call(account, "GetAccessKeyLastUsed", { AccessKeyId });
    expect(used).toEqual({ UserName: "u", AccessKeyLastUsed: { Region: "N/A", ServiceName: "N/A" } });

    await iam().call(account, "UpdateAccessKey", { UserName: "u", AccessKeyId, Status: "Inactive" });
    expect((await directory.accessKey(rows, String(AccessKeyId)))?.active).toBe(false);
    expect(await iam().call(account, "ListAccessKeys", { UserName: "u" })).toMatchObject({
      AccessKeyMetadata: [{ UserName: "u", AccessKeyId, Status: "Inactive" }],
    });

    await iam().call(account, "UpdateUser", { UserName: "u", NewUserName: "v" });
    expect(await iam().call(account, "ListAccessKeys", { UserName: "v" })).toMatchObject({
      AccessKeyMetadata: [{ UserName: "v", AccessKeyId }],
    });

    await iam().call(account, "DeleteAccessKey", { UserName: "v", AccessKeyId });
    expect(await directory.accessKey(rows, String(AccessKeyId))).toBeUndefined();
  });

  test("without a user name they are the caller's own", async () => {
    const account = iam().account();
    await iam().call(account, "CreateUser", { UserName: "me" });
    const mine = await iam().call(account, "CreateAccessKey", {}, userOf(account, "me"));
    expect(mine).toMatchObject({ AccessKey: { UserName: "me" } });
    const root = await iam().call(account, "CreateAccessKey", {});
    expect(root).toMatchObject({ AccessKey: { Status: "Active", UserName: undefined } });
    expect((await iam().call(account, "ListAccessKeys", {})).AccessKeyMetadata).toHaveLength(1);
    const directory = createIdentityDirectory(iam().ports);
    const { AccessKeyId } = root.AccessKey as { AccessKeyId: string };
    expect((await directory.accessKey(iam().store.rows, AccessKeyId))?.principal).toEqual({
      type: "Root",
      account,
      arn: `arn:aws:iam::${account}:root`,
      accessKeyId: AccessKeyId,
    });
    const service = { type: "AWSService", service: "ecs.amazonaws.com", account } as const;
    expect(await outcomeOf(iam().call(account, "DeleteAccessKey", { AccessKeyId }, service))).toBe(
      "ValidationError: Must specify userName when calling with non-User credentials",
    );
  });

  test("of many who make keys at once, two get one", async () => {
    const account = iam().account();
    await iam().call(account, "CreateUser", { UserName: "u" });
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, () => outcomeOf(iam().call(account, "CreateAccessKey", { UserName: "u" }))),
    );
    expect(outcomes.filter((outcome) => typeof outcome === "string")).toEqual(
      Array(2).fill("LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2"),
    );
    expect((await iam().call(account, "ListAccessKeys", { UserName: "u" })).AccessKeyMetadata).toHaveLength(
      2,
    );
  });

  test("another account's key and another user's key are not found", async () => {
    const [one, two] = [iam().account(), iam().account()];
    await iam().call(one, "CreateUser", { UserName: "u" });
    await iam().call(one, "CreateUser", { UserName: "v" });
    await iam().call(two, "CreateUser", { UserName: "u" });
    const { AccessKey } = await iam().call(one, "CreateAccessKey", { UserName: "u" });
    const { AccessKeyId } = AccessKey as { AccessKeyId: string };
    const absent = `NoSuchEntity: The Access Key with id ${AccessKeyId} cannot be found.`;
    for (const [account, UserName] of [
      [one, "v"],
      [two, "u"],
    ] as const) {
      expect(await outcomeOf(iam().call(account, "DeleteAccessKey", { UserName, AccessKeyId }))).toBe(absent);
    }
    expect(await outcomeOf(iam().call(two, "GetAccessKeyLastUsed", { AccessKeyId }))).toMatch(
      /^AccessDenied: /,
    );
  });
});
