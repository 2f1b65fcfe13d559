import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { ListHealthChecksCommand, Route53Client } from "@aws-sdk/client-route-53";
import {
  CreatePrivateDnsNamespaceCommand,
  CreateServiceCommand,
  GetInstancesHealthStatusCommand,
  GetOperationCommand,
  ListInstancesCommand,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";
import { afterEach, describe, expect, test, vi } from "vitest";
import { movableClock } from "../../../src/kernel/clock.ts";
import { second } from "../../../src/kernel/duration.ts";
import {
  faringRuntime,
  type ServiceWorld,
  serviceWorld,
} from "../../../src/services/ecs/services/world.testing.ts";
import { openManagedPolicies, withDocument } from "../../../src/services/iam/managed-policy-catalogue.ts";
import { dataDirectory, type TestRoadstead, testRoadstead } from "../../support/roadstead.ts";

/** What of service discovery stops when AWSServiceRoleForECS may not do one thing. */

const rolePolicy = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy";

interface Statement {
  readonly Action: string | readonly string[];
}

/** The catalogue of AWS, whose policy of the role lacks an action. */
function without(action: string) {
  const catalogue = openManagedPolicies(dataDirectory);
  const document = JSON.parse(catalogue.get(rolePolicy)?.document ?? "{}") as { Statement: Statement[] };
  const Statement = document.Statement.map((one) => ({
    ...one,
    Action: [one.Action].flat().filter((name) => name !== action),
  }));
  expect(JSON.stringify(Statement)).not.toBe(JSON.stringify(document.Statement));
  return withDocument(catalogue, rolePolicy, JSON.stringify({ ...document, Statement }));
}

/** An account with a private DNS namespace, and a service in it whose health others tell. */
interface Scene {
  readonly world: ServiceWorld;
  readonly registryArn: string;
  instances(): Promise<number>;
  health(): Promise<readonly string[]>;
  /** Waits for a refused call of the role. */
  refused(eventName: string): Promise<void>;
  /** Moves the clock by a little more than what Cloud Map waits before it believes. */
  later(): void;
  inverted(): Promise<readonly (boolean | undefined)[]>;
}

let roadstead: TestRoadstead;
const clients: { destroy(): void }[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await roadstead?.stop();
});

async function scene(lacks: string): Promise<Scene> {
  const clock = movableClock();
  roadstead = await testRoadstead(
    { ecsHealthyAfter: 0 },
    { clock, fargate: faringRuntime, managedPolicies: without(lacks) },
  );
  const world = await serviceWorld(roadstead);
  const cloudMap = new ServiceDiscoveryClient({ ...world.settings, disableHostPrefix: true });
  const route53 = new Route53Client(world.settings);
  const trail = new CloudTrailClient(world.settings);
  clients.push(cloudMap, route53, trail);
  const { Vpcs } = await world.ec2.send(new DescribeVpcsCommand({}));
  const { OperationId } = await cloudMap.send(
    new CreatePrivateDnsNamespaceCommand({ Name: "shop.local", Vpc: Vpcs?.[0]?.VpcId }),
  );
  const NamespaceId = await vi.waitFor(async () => {
    const { Operation } = await cloudMap.send(new GetOperationCommand({ OperationId }));
    expect(Operation?.Status).toBe("SUCCESS");
    return Operation?.Targets?.NAMESPACE;
  });
  const { Service } = await cloudMap.send(
    new CreateServiceCommand({
      Name: "web",
      NamespaceId,
      DnsConfig: { DnsRecords: [{ Type: "A", TTL: 5 }] },
      HealthCheckCustomConfig: {},
    }),
  );
  const ServiceId = Service?.Id;
  return {
    world,
    registryArn: Service?.Arn ?? "",
    instances: async () =>
      (await cloudMap.send(new ListInstancesCommand({ ServiceId }))).Instances?.length ?? 0,
    health: async () =>
      Object.values((await cloudMap.send(new GetInstancesHealthStatusCommand({ ServiceId }))).Status ?? {}),
    refused: (eventName) =>
      vi.waitFor(
        async () => {
          const { Events = [] } = await trail.send(
            new LookupEventsCommand({
              LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: eventName }],
            }),
          );
          const records = Events.map(({ CloudTrailEvent = "{}" }) => JSON.parse(CloudTrailEvent));
          expect(records.some(({ errorCode }) => /^AccessDenied/.test(errorCode ?? ""))).toBe(true);
          for (const { errorCode, userIdentity } of records)
            if (errorCode !== undefined) expect(userIdentity.arn).toContain("AWSServiceRoleForECS");
        },
        { timeout: 8_000, interval: 50 },
      ),
    later: () => clock.advance(31 * second),
    inverted: async () =>
      ((await route53.send(new ListHealthChecksCommand({}))).HealthChecks ?? []).map(
        ({ HealthCheckConfig }) => HealthCheckConfig?.Inverted,
      ),
  };
}

const one = { desiredCount: 1, healthCheckGracePeriodSeconds: 100_000 };

/** A task whose container fails its health check. */
const sick = {
  containerDefinitions: [
    { name: "main", image: "web:sick", essential: true, healthCheck: { command: ["CMD", "true"] } },
  ],
};

describe("the role of ECS without", { timeout: 30_000 }, () => {
  test.each([
    ["servicediscovery:RegisterInstance", "RegisterInstance"],
    ["route53:ChangeResourceRecordSets", "ChangeResourceRecordSets"],
    ["route53:CreateHealthCheck", "CreateHealthCheck"],
  ])("%s registers no task", async (action, eventName) => {
    const { world, registryArn, refused, instances } = await scene(action);
    await world.create({ ...one, serviceRegistries: [{ registryArn }] });
    await refused(eventName);
    await world.until(({ events = [] }) =>
      events.some(({ message }) => message?.includes("failed to register")),
    );
    expect(await instances()).toBe(0);
  });

  test.each([
    ["servicediscovery:DeregisterInstance", "DeregisterInstance"],
    ["route53:DeleteHealthCheck", "DeleteHealthCheck"],
  ])("%s leaves tasks that have stopped where they were", async (action, eventName) => {
    const { world, registryArn, refused, instances } = await scene(action);
    await world.create({ ...one, serviceRegistries: [{ registryArn }] });
    await vi.waitFor(async () => expect(await instances()).toBe(1), { timeout: 5_000 });
    await world.update({ desiredCount: 0 });
    await refused(eventName);
    await vi.waitFor(async () => expect(await world.tasks("STOPPED")).toHaveLength(1), { timeout: 5_000 });
    expect(await instances()).toBe(1);
  });

  test("servicediscovery:UpdateInstanceCustomHealthStatus says nothing of health", async () => {
    const { world, registryArn, refused, health, later } = await scene(
      "servicediscovery:UpdateInstanceCustomHealthStatus",
    );
    await world.register(sick);
    await world.create({ ...one, serviceRegistries: [{ registryArn }] });
    await refused("UpdateInstanceCustomHealthStatus");
    later();
    expect(await health()).toEqual(["HEALTHY"]);
  });

  test("route53:UpdateHealthCheck has DNS answer with what is unhealthy", async () => {
    const { world, registryArn, refused, health, later, inverted } = await scene("route53:UpdateHealthCheck");
    await world.register(sick);
    await world.create({ ...one, serviceRegistries: [{ registryArn }] });
    await vi.waitFor(
      async () => {
        later();
        expect(await health()).toEqual(["UNHEALTHY"]);
      },
      { timeout: 8_000, interval: 100 },
    );
    await refused("UpdateHealthCheck");
    expect(await inverted()).toEqual([false]);
  });

  test("servicediscovery:Get* makes no service with a registry", async () => {
    const { world, registryArn, refused } = await scene("servicediscovery:Get*");
    await expect(world.create({ ...one, serviceRegistries: [{ registryArn }] })).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining("Unable to assume role and validate the service registry"),
    });
    await refused("GetService");
  });
});
