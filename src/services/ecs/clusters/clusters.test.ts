import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DescribeClustersCommand,
  ECSClient,
  ListClustersCommand,
  PutAccountSettingDefaultCommand,
  PutClusterCapacityProvidersCommand,
  UpdateClusterCommand,
  UpdateClusterSettingsCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";

let roadstead: TestRoadstead;
let accounts = 0;

/** A client of an account that nobody has used. */
function fresh(region = "us-east-1"): ECSClient {
  accounts += 1;
  return new ECSClient({ ...roadstead.client(String(300_000_000_000 + accounts), region), maxAttempts: 1 });
}

beforeAll(async () => {
  roadstead = await testRoadstead();
});
afterAll(() => roadstead.stop());

const described = async (ecs: ECSClient, cluster: string, include: string[] = []) =>
  (await ecs.send(new DescribeClustersCommand({ clusters: [cluster], include: include as never })))
    .clusters?.[0];

describe("a cluster", () => {
  test("is answered as AWS answers it (captured), and made once", async () => {
    const ecs = fresh();
    const made = await ecs.send(new CreateClusterCommand({ clusterName: "east" }));
    expect(made.cluster).toEqual({
      clusterArn: "arn:aws:ecs:us-east-1:300000000001:cluster/east",
      clusterName: "east",
      status: "ACTIVE",
      registeredContainerInstancesCount: 0,
      runningTasksCount: 0,
      pendingTasksCount: 0,
      activeServicesCount: 0,
      statistics: [],
      tags: [],
      settings: [{ name: "containerInsights", value: "disabled" }],
      capacityProviders: [],
      defaultCapacityProviderStrategy: [],
    });
    expect((await ecs.send(new CreateClusterCommand({ clusterName: "east" }))).cluster).toEqual(made.cluster);
    expect((await ecs.send(new ListClustersCommand({}))).clusterArns).toEqual([made.cluster?.clusterArn]);
    expect((await ecs.send(new CreateClusterCommand({}))).cluster?.clusterName).toBe("default");
  });

  test("is found only where it is", async () => {
    const west = fresh("eu-west-1");
    const { cluster } = await west.send(new CreateClusterCommand({ clusterName: "west" }));
    const account = String(300_000_000_000 + accounts);
    const east = new ECSClient(roadstead.client(account, "us-east-1"));
    const refused = { name: "ClusterNotFoundException", message: "Cluster not found." };
    const named = { cluster: cluster?.clusterArn };
    await expect(east.send(new DeleteClusterCommand(named))).rejects.toMatchObject(refused);
    await expect(east.send(new UpdateClusterCommand(named))).rejects.toMatchObject(refused);
    await expect(
      east.send(new CreateServiceCommand({ ...named, serviceName: "s", taskDefinition: "t" })),
    ).rejects.toMatchObject(refused);
    expect((await described(west, "west"))?.status).toBe("ACTIVE");
  });

  test("stays describable when it is deleted, without settings, and can be made anew", async () => {
    const ecs = fresh();
    await ecs.send(new CreateClusterCommand({ clusterName: "c", tags: [{ key: "team", value: "a" }] }));
    const gone = await ecs.send(new DeleteClusterCommand({ cluster: "c" }));
    expect(gone.cluster).toMatchObject({ status: "INACTIVE", settings: [{ name: "containerInsights" }] });
    expect(await described(ecs, "c")).toMatchObject({ status: "INACTIVE", settings: [] });
    expect((await ecs.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
    await ecs.send(new CreateClusterCommand({ clusterName: "c" }));
    expect(await described(ecs, "c", ["TAGS"])).toMatchObject({ status: "ACTIVE", tags: [] });
  });

  test("shows what it is asked to include", async () => {
    const ecs = fresh();
    const configuration = { executeCommandConfiguration: { logging: "DEFAULT" as const } };
    const tags = [{ key: "team", value: "a" }];
    await ecs.send(new CreateClusterCommand({ clusterName: "c", configuration, tags }));
    expect(await described(ecs, "c")).toMatchObject({ settings: [], tags: [], statistics: [] });
    expect(
      await described(ecs, "c", ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]),
    ).toMatchObject({
      attachments: [],
      configuration,
      settings: [{ name: "containerInsights", value: "disabled" }],
      statistics: expect.arrayContaining([{ name: "runningFargateTasksCount", value: "0" }]),
      tags,
    });
  });

  test("that is missing is told as a failure", async () => {
    const ecs = fresh();
    const { clusters, failures } = await ecs.send(new DescribeClustersCommand({ clusters: ["no", "no"] }));
    expect(clusters).toEqual([]);
    expect(failures).toEqual([
      { arn: expect.stringMatching(/^arn:aws:ecs:us-east-1:\d{12}:cluster\/no$/), reason: "MISSING" },
    ]);
  });

  test("takes settings from the account, and changes them", async () => {
    const ecs = fresh();
    await ecs.send(new PutAccountSettingDefaultCommand({ name: "containerInsights", value: "enhanced" }));
    const made = await ecs.send(new CreateClusterCommand({ clusterName: "c" }));
    expect(made.cluster?.settings).toEqual([{ name: "containerInsights", value: "enhanced" }]);
    const settings = [{ name: "containerInsights" as const, value: "enabled" }];
    const changed = await ecs.send(new UpdateClusterSettingsCommand({ cluster: "c", settings }));
    expect(changed.cluster?.settings).toEqual(settings);
    const configuration = { executeCommandConfiguration: { logging: "NONE" as const } };
    const updated = await ecs.send(new UpdateClusterCommand({ cluster: "c", configuration }));
    expect(updated.cluster).toMatchObject({ settings, configuration });
  });

  test("has the capacity providers that it is given", async () => {
    const ecs = fresh();
    await ecs.send(new CreateClusterCommand({ clusterName: "c", capacityProviders: ["FARGATE"] }));
    const put = await ecs.send(
      new PutClusterCapacityProvidersCommand({
        cluster: "c",
        capacityProviders: ["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }],
      }),
    );
    expect(put.cluster).toMatchObject({
      capacityProviders: ["FARGATE", "FARGATE_SPOT"],
      defaultCapacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1, base: 0 }],
    });
  });

  test("pages in order of names", async () => {
    const ecs = fresh();
    for (const clusterName of ["b", "c", "a"]) await ecs.send(new CreateClusterCommand({ clusterName }));
    const first = await ecs.send(new ListClustersCommand({ maxResults: 2 }));
    const second = await ecs.send(new ListClustersCommand({ maxResults: 2, nextToken: first.nextToken }));
    const names = [...(first.clusterArns ?? []), ...(second.clusterArns ?? [])].map((arn) => arn.at(-1));
    expect(names).toEqual(["a", "b", "c"]);
    expect(second.nextToken).toBeUndefined();
  });
});

describe("what is refused", () => {
  const notAssociated =
    "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.";
  test.each([
    [new DeleteClusterCommand({ cluster: "no" }), "ClusterNotFoundException", "Cluster not found."],
    [new UpdateClusterCommand({ cluster: "no" }), "ClusterNotFoundException", "Cluster not found."],
    [
      new CreateClusterCommand({ clusterName: "a b" }),
      "InvalidParameterException",
      /^Cluster names can have up to 255 letters/,
    ],
    [
      new CreateClusterCommand({ clusterName: "there", capacityProviders: ["FARGATE"] }),
      "InvalidParameterException",
      "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
    ],
    [
      new CreateClusterCommand({ capacityProviders: ["mine"] }),
      "InvalidParameterException",
      "The specified capacity provider was not found. Specify a valid capacity provider and try again.",
    ],
    [
      new CreateClusterCommand({ defaultCapacityProviderStrategy: [{ capacityProvider: "FARGATE" }] }),
      "InvalidParameterException",
      notAssociated,
    ],
    [
      new CreateClusterCommand({
        capacityProviders: ["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy: [
          { capacityProvider: "FARGATE", base: 1, weight: 1 },
          { capacityProvider: "FARGATE_SPOT", base: 1, weight: 1 },
        ],
      }),
      "InvalidParameterException",
      "Only one capacity provider in a strategy can have a base defined.",
    ],
    [
      new CreateClusterCommand({ settings: [{ name: "containerInsights", value: "x" }] }),
      "InvalidParameterException",
      "containerInsights should be one of [enabled,disabled,enhanced]",
    ],
    [
      new CreateClusterCommand({
        configuration: { managedStorageConfiguration: { kmsKeyId: "k" } },
      }),
      "UnsupportedFeatureException",
      /^managedStorageConfiguration /,
    ],
    [
      new CreateClusterCommand({
        configuration: { executeCommandConfiguration: { logging: "OVERRIDE" } },
      }),
      "InvalidParameterException",
      /^Specify a CloudWatch log group/,
    ],
    [new CreateClusterCommand({ tags: [{ key: "aws:x", value: "y" }] }), "InvalidParameterException", /aws:/],
    [
      new DescribeClustersCommand({ include: ["X" as never] }),
      "InvalidParameterException",
      "include should be one of [ATTACHMENTS,CONFIGURATIONS,SETTINGS,STATISTICS,TAGS]",
    ],
    [
      new ListClustersCommand({ maxResults: 101 }),
      "InvalidParameterException",
      "Max results can not be greater than 100",
    ],
    [new ListClustersCommand({ nextToken: "x" }), "InvalidParameterException", "Invalid token."],
  ] as const)("%#: %o", async (command, name, message) => {
    const ecs = fresh();
    await ecs.send(new CreateClusterCommand({ clusterName: "there" }));
    const refusal = await ecs.send(command as never).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(refusal).toMatchObject({ name });
    expect(refusal?.message).toMatch(message);
  });
});
