import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { ListServicesCommand, ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  faringRuntime,
  type ServiceWorld,
  serviceWorld,
} from "../../../src/services/ecs/services/world.testing.ts";
import { openManagedPolicies, withDocument } from "../../../src/services/iam/managed-policy-catalogue.ts";
import { dataDirectory, type TestRoadstead, testRoadstead } from "../../support/roadstead.ts";

/** What of Service Connect stops when AWSServiceRoleForECS may not do one thing. */

const rolePolicy = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy";

/** The catalogue of AWS, whose policy of the role lacks an action. */
function without(action: string) {
  const catalogue = openManagedPolicies(dataDirectory);
  const document = JSON.parse(catalogue.get(rolePolicy)?.document ?? "{}") as {
    Statement: { readonly Action: string | readonly string[] }[];
  };
  const Statement = document.Statement.map((one) => ({
    ...one,
    Action: [one.Action].flat().filter((name) => name !== action),
  })).filter(({ Action }) => Action.length > 0);
  expect(JSON.stringify(Statement)).not.toBe(JSON.stringify(document.Statement));
  return withDocument(catalogue, rolePolicy, JSON.stringify({ ...document, Statement }));
}

let roadstead: TestRoadstead;
let world: ServiceWorld;
let cloudMap: ServiceDiscoveryClient;
let trail: CloudTrailClient;

/** @param real whether the runtime of this machine runs the tasks (in memory), which then have their proxies. */
async function open(lacks: string, real = false): Promise<void> {
  roadstead = await testRoadstead(
    { ecsHealthyAfter: 0 },
    { ...(!real && { fargate: faringRuntime }), managedPolicies: without(lacks) },
  );
  world = await serviceWorld(roadstead);
  cloudMap = new ServiceDiscoveryClient({ ...world.settings, disableHostPrefix: true });
  trail = new CloudTrailClient(world.settings);
  await world.register({
    containerDefinitions: [
      {
        name: "main",
        image: "web:1",
        essential: true,
        portMappings: [{ name: "http", containerPort: 8080, appProtocol: "http" }],
      },
    ],
  });
}

afterEach(async () => {
  cloudMap?.destroy();
  trail?.destroy();
  await roadstead?.stop();
});

/** Waits for a refused call of the role. */
const refused = (eventName: string) =>
  vi.waitFor(
    async () => {
      const { Events = [] } = await trail.send(
        new LookupEventsCommand({
          LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: eventName }],
        }),
      );
      const records = Events.map(({ CloudTrailEvent = "{}" }) => JSON.parse(CloudTrailEvent));
      const denied = records.filter(({ errorCode }) => /^AccessDenied/.test(errorCode ?? ""));
      expect(denied[0]?.userIdentity?.arn).toContain("AWSServiceRoleForECS");
    },
    { timeout: 8_000, interval: 50 },
  );

const create = () =>
  world.create({
    desiredCount: 1,
    serviceConnectConfiguration: {
      enabled: true,
      namespace: "shop",
      services: [{ portName: "http", discoveryName: "web", clientAliases: [{ port: 80, dnsName: "web" }] }],
    },
  });

describe("the role of ECS without", { timeout: 30_000 }, () => {
  test.each([
    ["servicediscovery:CreateHttpNamespace", "CreateHttpNamespace"],
    ["servicediscovery:TagResource", "CreateHttpNamespace"],
    ["servicediscovery:CreateService", "CreateService"],
    ["servicediscovery:UpdateServiceAttributes", "UpdateServiceAttributes"],
    ["servicediscovery:List*", "ListNamespaces"],
  ])("%s makes no service with Service Connect", async (action, eventName) => {
    await open(action);
    await expect(create()).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining(`is not authorized to perform: ${action.replace("*", "")}`),
    });
    await refused(eventName);
  });

  test.each(["DiscoverInstances", "DiscoverInstancesRevision"])(
    "servicediscovery:%s does not learn where calls go",
    async (eventName) => {
      await open(`servicediscovery:${eventName}`, true);
      await create();
      await refused(eventName);
    },
  );

  test("servicediscovery:DeleteService leaves the names of a service that is gone", async () => {
    await open("servicediscovery:DeleteService");
    await create();
    await world.steady();
    await world.remove(true);
    await refused("DeleteService");
    await vi.waitFor(async () => {
      const [task] = await world.tasks("STOPPED");
      expect(task?.lastStatus).toBe("STOPPED");
    });
    expect((await cloudMap.send(new ListServicesCommand({}))).Services).toHaveLength(1);
  });
});
