import {
  CreateClusterCommand,
  DeleteAccountSettingCommand,
  DescribeClustersCommand,
  ECSClient,
  ListAccountSettingsCommand,
  PutAccountSettingCommand,
  PutAccountSettingDefaultCommand,
  type SettingName,
} from "@aws-sdk/client-ecs";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";

let roadstead: TestRoadstead;
let accounts = 320_000_000_000;

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsRuntime: "none" });
});
afterAll(() => roadstead.stop());

/** The root of an account that nobody has used, and a user who may use ECS. */
async function fresh(policy: object = { Effect: "Allow", Action: "ecs:*", Resource: "*" }) {
  accounts += 1;
  const account = String(accounts);
  const settings = { ...roadstead.client(account), maxAttempts: 1 };
  const iam = new IAMClient(settings);
  await iam.send(new CreateUserCommand({ UserName: "ann" }));
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [policy] });
  await iam.send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "ecs", PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
  const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = AccessKey ?? {};
  return {
    iam,
    root: new ECSClient(settings),
    ann: new ECSClient({ ...settings, credentials: { accessKeyId, secretAccessKey } }),
    rootArn: `arn:aws:iam::${account}:root`,
    annArn: `arn:aws:iam::${account}:user/ann`,
  };
}

const effective = async (ecs: ECSClient, name: SettingName, principalArn?: string) => {
  const command = new ListAccountSettingsCommand({ name, principalArn, effectiveSettings: true });
  return (await ecs.send(command)).settings?.[0]?.value;
};

describe("an account setting", () => {
  test("is AWS's, then the account's, then one's own, and back", async () => {
    const { root, ann, annArn, rootArn } = await fresh();
    expect(await effective(ann, "containerInsights")).toBe("disabled");
    const put = await root.send(
      new PutAccountSettingDefaultCommand({ name: "containerInsights", value: "enabled" }),
    );
    expect(put.setting).toEqual({
      name: "containerInsights",
      value: "enabled",
      principalArn: rootArn,
      type: "user",
    });
    expect(await effective(ann, "containerInsights")).toBe("enabled");
    await ann.send(new PutAccountSettingCommand({ name: "containerInsights", value: "enhanced" }));
    expect(await effective(ann, "containerInsights")).toBe("enhanced");
    expect(await effective(root, "containerInsights")).toBe("enabled");
    expect(await effective(root, "containerInsights", annArn)).toBe("enhanced");
    const own = await ann.send(new ListAccountSettingsCommand({}));
    expect(own.settings).toEqual([
      { name: "containerInsights", value: "enhanced", principalArn: annArn, type: "user" },
    ]);
    await ann.send(new DeleteAccountSettingCommand({ name: "containerInsights" }));
    expect(await effective(ann, "containerInsights")).toBe("enabled");
  });

  test("that is for all is set for all, whoever sets it", async () => {
    const { root, ann, rootArn } = await fresh();
    const put = new PutAccountSettingCommand({ name: "fargateTaskRetirementWaitPeriod", value: "14" });
    expect((await ann.send(put)).setting?.principalArn).toBe(rootArn);
    expect(await effective(root, "fargateTaskRetirementWaitPeriod")).toBe("14");
  });

  test("is listed with all others, ten a page", async () => {
    const { root } = await fresh();
    const first = await root.send(new ListAccountSettingsCommand({ effectiveSettings: true }));
    const { nextToken } = first;
    const second = await root.send(new ListAccountSettingsCommand({ effectiveSettings: true, nextToken }));
    const names = [...(first.settings ?? []), ...(second.settings ?? [])].map(({ name }) => name);
    expect(first.settings).toHaveLength(10);
    expect(names).toEqual([...names].sort());
    expect(new Set(names).size).toBe(11);
  });

  test.each([
    [
      "serviceLongArnFormat",
      "disabled",
      "InvalidParameterException",
      /^serviceLongArnFormat should be one of \[enabled\]$/,
    ],
    ["containerInsights", "x", "InvalidParameterException", /^containerInsights should be one of/],
    ["guardDutyActivate", "on", "InvalidParameterException", /managed by AWS/],
    ["fargateFIPSMode", "enabled", "UnsupportedFeatureException", /FIPS/],
    ["unknown", "x", "InvalidParameterException", /should be one of \[serviceLongArnFormat,/],
  ])("%s cannot be %s", async (name, value, code, message) => {
    const { root } = await fresh();
    const refused = root.send(new PutAccountSettingCommand({ name: name as SettingName, value }));
    await expect(refused).rejects.toMatchObject({ name: code, message: expect.stringMatching(message) });
  });
});

describe("tags on what is created", () => {
  const creator = {
    Effect: "Allow",
    Action: ["ecs:CreateCluster", "ecs:DescribeClusters"],
    Resource: "*",
  };
  const tags = [{ key: "team", value: "a" }];

  test("need ecs:TagResource, unless the account has switched that off", async () => {
    const { root, ann } = await fresh(creator);
    const create = () => ann.send(new CreateClusterCommand({ clusterName: "c", tags }));
    await expect(create()).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("ecs:TagResource"),
    });
    await root.send(new PutAccountSettingDefaultCommand({ name: "tagResourceAuthorization", value: "off" }));
    expect((await create()).cluster?.tags).toEqual(tags);
  });

  test("are what policies look at", async () => {
    const { iam, root, ann } = await fresh({
      Effect: "Allow",
      Action: "ecs:DescribeClusters",
      Resource: "*",
      Condition: { StringEquals: { "ecs:ResourceTag/team": "a", "aws:ResourceTag/team": "a" } },
    });
    await root.send(new CreateClusterCommand({ clusterName: "ours", tags }));
    await root.send(new CreateClusterCommand({ clusterName: "theirs" }));
    const describeOne = (cluster: string) => ann.send(new DescribeClustersCommand({ clusters: [cluster] }));
    expect((await describeOne("ours")).clusters).toHaveLength(1);
    await expect(describeOne("theirs")).rejects.toMatchObject({ name: "AccessDeniedException" });
    const PolicyArn = "arn:aws:iam::aws:policy/AmazonECS_FullAccess";
    await iam.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn }));
    expect((await describeOne("theirs")).clusters).toHaveLength(1);
  });
});
