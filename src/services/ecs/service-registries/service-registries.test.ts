import { DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import {
  CreateHttpNamespaceCommand,
  CreatePrivateDnsNamespaceCommand,
  CreateServiceCommand,
  GetInstancesHealthStatusCommand,
  GetOperationCommand,
  ListInstancesCommand,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import type { ScriptedRuntime } from "../../../control/tasks/runtime.testing.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { second } from "../../../kernel/duration.ts";
import { faringRuntime, type ServiceWorld, serviceWorld } from "../services/world.testing.ts";

const clock = movableClock();
let roadstead: TestRoadstead;
let runtime: ScriptedRuntime;
let world: ServiceWorld;
let cloudMap: ServiceDiscoveryClient;

beforeAll(async () => {
  roadstead = await testRoadstead(
    { ecsHealthyAfter: 0 },
    {
      clock,
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
});

async function done({ OperationId }: { readonly OperationId?: string | undefined }) {
  return vi.waitFor(async () => {
    const { Operation } = await cloudMap.send(new GetOperationCommand({ OperationId }));
    expect(Operation?.Status).toBe("SUCCESS");
    return Operation?.Targets?.NAMESPACE ?? "";
  });
}

/** A service of Cloud Map in an HTTP namespace, with health that others tell. */
async function registry(): Promise<{ readonly arn: string; readonly id: string }> {
  const NamespaceId = await done(await cloudMap.send(new CreateHttpNamespaceCommand({ Name: "shop" })));
  const { Service } = await cloudMap.send(
    new CreateServiceCommand({ Name: "web", NamespaceId, HealthCheckCustomConfig: {} }),
  );
  return { arn: Service?.Arn ?? "", id: Service?.Id ?? "" };
}

const instances = async (ServiceId: string) =>
  (await cloudMap.send(new ListInstancesCommand({ ServiceId }))).Instances ?? [];

describe("tasks of a service with a registry", () => {
  test("are instances under their ids while they run, and none when they have stopped", async () => {
    const { arn, id } = await registry();
    const made = await world.create({ serviceRegistries: [{ registryArn: arn, port: 80 }] });
    expect(made.serviceRegistries).toEqual([{ registryArn: arn, port: 80 }]);
    expect(made.roleArn).toContain("AWSServiceRoleForECS");
    await world.steady();
    const tasks = await world.tasks();
    const found = await vi.waitFor(async () => {
      const there = await instances(id);
      expect(there).toHaveLength(2);
      return there;
    });
    expect(found.map((one) => one.Id).sort()).toEqual(
      tasks.map(({ taskArn = "" }) => taskArn.split("/").at(-1)).sort(),
    );
    expect(found[0]?.Attributes).toMatchObject({
      AWS_INSTANCE_IPV4: expect.stringMatching(/^172\.31\./),
      AWS_INSTANCE_PORT: "80",
      AVAILABILITY_ZONE: expect.stringMatching(/^us-east-1/),
      REGION: "us-east-1",
      ECS_CLUSTER_NAME: "default",
      ECS_SERVICE_NAME: "web",
      ECS_TASK_DEFINITION_FAMILY: "web",
    });
    expect(found[0]?.Attributes).not.toHaveProperty("EC2_INSTANCE_ID");
    await world.update({ desiredCount: 0 });
    await vi.waitFor(async () => expect(await instances(id)).toEqual([]));
    const stopped = await world.tasks("STOPPED");
    expect(stopped.map(({ stopCode }) => stopCode)).toEqual([
      "ServiceSchedulerInitiated",
      "ServiceSchedulerInitiated",
    ]);
  });

  test("are as healthy there as their containers", async () => {
    const { arn, id } = await registry();
    await world.register({
      containerDefinitions: [
        { name: "main", image: "web:sick", essential: true, healthCheck: { command: ["CMD", "true"] } },
      ],
    });
    await world.create({
      desiredCount: 1,
      serviceRegistries: [{ registryArn: arn }],
      healthCheckGracePeriodSeconds: 100_000,
    });
    await vi.waitFor(async () => expect(await instances(id)).toHaveLength(1));
    // Cloud Map believes it half a minute after it was told.
    await vi.waitFor(
      async () => {
        clock.advance(31 * second);
        const { Status } = await cloudMap.send(new GetInstancesHealthStatusCommand({ ServiceId: id }));
        expect(Object.values(Status ?? {})).toEqual(["UNHEALTHY"]);
      },
      { timeout: 5_000, interval: 100 },
    );
  });
});

describe("a registry is refused", () => {
  const dns = async (type: "A" | "SRV") => {
    const { Vpcs } = await world.ec2.send(new DescribeVpcsCommand({}));
    const NamespaceId = await done(
      await cloudMap.send(
        new CreatePrivateDnsNamespaceCommand({ Name: `${type}.local`, Vpc: Vpcs?.[0]?.VpcId }),
      ),
    );
    const { Service } = await cloudMap.send(
      new CreateServiceCommand({
        Name: "db",
        NamespaceId,
        DnsConfig: { DnsRecords: [{ Type: type, TTL: 5 }] },
      }),
    );
    return Service?.Arn ?? "";
  };

  test("where it does not fit the task definition, in AWS's words", async () => {
    const a = await dns("A");
    const srv = await dns("SRV");
    const rows: readonly (readonly [object, string])[] = [
      [
        { registryArn: a, containerPort: 80 },
        "The values specified for serviceRegistries do not require a value for 'containerPort'. Remove the value and retry.",
      ],
      [
        { registryArn: srv, port: 80, containerName: "main", containerPort: 80 },
        "Specify a value for either 'port' or the 'containerName' and 'containerPort' combination, but not both",
      ],
      [
        { registryArn: srv, containerName: "ghost", containerPort: 80 },
        `The container ghost is not valid. The value for 'containerName' must already be specified in the task definition. Registry: ${srv}`,
      ],
      [{ registryArn: "nonsense" }, "Invalid service registry ARN."],
    ];
    for (const [given, message] of rows) {
      await expect(world.create({ serviceRegistries: [given] })).rejects.toMatchObject({
        name: "InvalidParameterException",
        message,
      });
    }
  });
});
