import { CreateClusterCommand, UpdateClusterCommand } from "@aws-sdk/client-ecs";
import {
  DiscoverInstancesCommand,
  ListNamespacesCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import type { ScriptedRuntime } from "../../../control/tasks/runtime.testing.ts";
import { faringRuntime, type ServiceWorld, serviceWorld } from "../services/world.testing.ts";

let roadstead: TestRoadstead;
let runtime: ScriptedRuntime;
let world: ServiceWorld;
let cloudMap: ServiceDiscoveryClient;

beforeAll(async () => {
  roadstead = await testRoadstead(
    { ecsHealthyAfter: 0 },
    {
      fargate: (sink) => {
        runtime = faringRuntime(sink);
        return runtime;
      },
    },
  );
});
afterAll(() => roadstead?.stop());
beforeEach(async () => {
  world = await serviceWorld(roadstead);
  cloudMap = new ServiceDiscoveryClient({ ...world.settings, disableHostPrefix: true });
  await world.register({
    containerDefinitions: [
      {
        name: "main",
        image: "web:1",
        essential: true,
        portMappings: [{ name: "http", containerPort: 8080, appProtocol: "http" }],
      },
      { name: "other", image: "web:1", portMappings: [{ containerPort: 9000 }] },
    ],
  });
});

const awslogs = { "awslogs-group": "proxies", "awslogs-region": "us-east-1" };

const offer = {
  enabled: true,
  namespace: "shop",
  services: [{ portName: "http", discoveryName: "web", clientAliases: [{ port: 80, dnsName: "web" }] }],
};

describe("a service with Service Connect", () => {
  test("has a namespace and a name made by the role of ECS, and its tasks are found under it", async () => {
    await world.create({ serviceConnectConfiguration: offer });
    const { deployments = [] } = await world.steady();
    const { Namespaces = [] } = await cloudMap.send(new ListNamespacesCommand({}));
    expect(Namespaces).toMatchObject([{ Name: "shop", Type: "HTTP", ServiceCount: 1 }]);
    const { Services = [] } = await cloudMap.send(new ListServicesCommand({}));
    for (const { Arn = "" } of [...Namespaces, ...Services]) {
      const { Tags } = await cloudMap.send(new ListTagsForResourceCommand({ ResourceARN: Arn }));
      expect(Tags).toEqual([{ Key: "AmazonECSManaged", Value: "true" }]);
    }
    expect(deployments[0]).toMatchObject({
      serviceConnectConfiguration: offer,
      serviceConnectResources: [{ discoveryName: "web", discoveryArn: Services[0]?.Arn }],
    });
    const found = await vi.waitFor(async () => {
      const { Instances = [] } = await cloudMap.send(
        new DiscoverInstancesCommand({ NamespaceName: "shop", ServiceName: "web" }),
      );
      expect(Instances).toHaveLength(2);
      return Instances;
    });
    expect(found[0]?.Attributes).toMatchObject({ AWS_INSTANCE_PORT: "8080", ECS_SERVICE_NAME: "web" });
  });

  test("lets its tasks call what was in the namespace when they were deployed", async () => {
    await world.create({ serviceConnectConfiguration: offer });
    await world.create({
      serviceName: "client",
      desiredCount: 1,
      serviceConnectConfiguration: { enabled: true, namespace: "shop" },
    });
    const spec = await vi.waitFor(() => {
      const found = [...runtime.specs.values()].find(
        ({ serviceName, account }) => serviceName === "client" && account === world.account,
      );
      expect(found).toBeDefined();
      return found;
    });
    expect(spec?.connect).toEqual({
      namespace: "shop",
      routes: [{ dnsName: "web", port: 80, discoveryName: "web", protocol: "http" }],
    });
  });

  test("has its proxies called where it says, and its tasks are told of them", async () => {
    await world.create({
      desiredCount: 1,
      serviceConnectConfiguration: {
        ...offer,
        services: [{ ...offer.services[0], portName: "http", ingressPortOverride: 7070 }],
      },
    });
    await world.steady();
    const found = await vi.waitFor(async () => {
      const { Instances = [] } = await cloudMap.send(
        new DiscoverInstancesCommand({ NamespaceName: "shop", ServiceName: "web" }),
      );
      expect(Instances).toHaveLength(1);
      return Instances;
    });
    expect(found[0]?.Attributes).toMatchObject({ AWS_INSTANCE_PORT: "7070" });
    const spec = [...runtime.specs.values()].find(({ account }) => account === world.account);
    expect(spec?.connect?.ports).toEqual([
      { discoveryName: "web", protocol: "http", containerPort: 8080, ingressPort: 7070 },
    ]);
  });

  test("takes what was made for it along, but for the namespace", async () => {
    await world.create({ desiredCount: 1, serviceConnectConfiguration: offer });
    await world.steady();
    await world.remove(true);
    await vi.waitFor(
      async () => expect((await cloudMap.send(new ListServicesCommand({}))).Services).toEqual([]),
      { timeout: 8_000, interval: 100 },
    );
    expect((await cloudMap.send(new ListNamespacesCommand({}))).Namespaces).toHaveLength(1);
  });

  test("uses the namespace of its cluster when it names none", async () => {
    const { namespace: _, ...without } = offer;
    await expect(world.create({ serviceConnectConfiguration: without })).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    const { cluster } = await world.ecs.send(
      new UpdateClusterCommand({ cluster: "default", serviceConnectDefaults: { namespace: "common" } }),
    );
    expect(cluster?.serviceConnectDefaults?.namespace).toMatch(/:namespace\/ns-/);
    const service = await world.create({ serviceConnectConfiguration: without });
    expect(service.deployments?.[0]?.serviceConnectResources).toHaveLength(1);
    const made = await world.ecs.send(
      new CreateClusterCommand({ clusterName: "other", serviceConnectDefaults: { namespace: "common" } }),
    );
    expect(made.cluster?.serviceConnectDefaults).toEqual(cluster?.serviceConnectDefaults);
  });
});

describe("Service Connect is refused", () => {
  const service = offer.services[0];
  test.each([
    ["a port without a name", { services: [{ portName: "ghost" }] }, "InvalidParameterException"],
    [
      "TLS without an authority",
      { services: [{ ...service, tls: { issuerCertificateAuthority: {} } }] },
      "InvalidParameterException",
    ],
    [
      "an ingress port that another container has",
      { services: [{ ...service, ingressPortOverride: 9000 }] },
      "InvalidParameterException",
    ],
    ["logs without a group", { logConfiguration: { logDriver: "awslogs" } }, "ClientException"],
    ["logs by another driver", { logConfiguration: { logDriver: "splunk" } }, "UnsupportedFeatureException"],
    [
      "logs that nobody may write",
      { logConfiguration: { logDriver: "awslogs", options: awslogs } },
      "InvalidParameterException",
    ],
    [
      "a log of requests that goes nowhere",
      { accessLogConfiguration: { format: "JSON" } },
      "InvalidParameterException",
    ],
    ["a name twice", { services: [service, service] }, "InvalidParameterException"],
    [
      "a name that is none",
      { services: [{ ...service, clientAliases: [{ port: 80, dnsName: "a b" }] }] },
      "InvalidParameterException",
    ],
  ] as const)("for %s, and nothing is made", async (_what, more, name) => {
    const serviceConnectConfiguration = { ...offer, ...more } as unknown as typeof offer;
    await expect(world.create({ serviceConnectConfiguration })).rejects.toMatchObject({ name });
    expect((await cloudMap.send(new ListNamespacesCommand({}))).Namespaces).toEqual([]);
  });
});
