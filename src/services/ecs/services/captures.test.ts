import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  ListServicesByNamespaceCommand,
  ListServicesCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { faringRuntime, type ServiceWorld, serviceWorld } from "./world.testing.ts";

/** What AWS was recorded to answer (September 2026), and what it says to each member that is wrong. */

let roadstead: TestRoadstead;
let world: ServiceWorld;

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { fargate: faringRuntime });
  world = await serviceWorld(roadstead);
});
afterAll(() => roadstead?.stop());

/** What a call is refused with: `Code: message`. */
async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "no refusal",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

/** A definition that needs no interface. */
async function bridge(of: ServiceWorld): Promise<void> {
  await of.register({
    family: "bridge",
    networkMode: "bridge",
    requiresCompatibilities: undefined,
    cpu: undefined,
    memory: undefined,
    containerDefinitions: [{ name: "main", image: "web:1", essential: true, memory: 64 }],
  });
}

const onBridge = { taskDefinition: "bridge", launchType: undefined, networkConfiguration: undefined };

describe("a service without tasks", () => {
  test("has the defaults that AWS answers", async () => {
    const own = await serviceWorld(roadstead);
    await bridge(own);
    await own.create({ ...onBridge, serviceName: "web", desiredCount: 0 });
    const { account } = own;
    const made = await own.service();
    const [deployment] = made.deployments ?? [];
    const number = deployment?.id?.split("/")[1] ?? "";
    const arn = (type: string, rest: string) => `arn:aws:ecs:us-east-1:${account}:${type}/default${rest}`;
    expect(made).toEqual({
      serviceArn: arn("service", "/web"),
      serviceName: "web",
      clusterArn: arn("cluster", ""),
      loadBalancers: [],
      serviceRegistries: [],
      status: "ACTIVE",
      desiredCount: 0,
      runningCount: 0,
      pendingCount: 0,
      launchType: "EC2",
      taskDefinition: `arn:aws:ecs:us-east-1:${account}:task-definition/bridge:1`,
      deploymentConfiguration: {
        deploymentCircuitBreaker: {
          enable: false,
          rollback: false,
          resetOnHealthyTask: true,
          thresholdConfiguration: { type: "BOUNDED_PERCENT", value: 50 },
        },
        maximumPercent: 200,
        minimumHealthyPercent: 100,
        strategy: "ROLLING",
        bakeTimeInMinutes: 0,
      },
      deployments: [
        {
          id: `ecs-svc/${number}`,
          status: "PRIMARY",
          taskDefinition: `arn:aws:ecs:us-east-1:${account}:task-definition/bridge:1`,
          desiredCount: 0,
          pendingCount: 0,
          runningCount: 0,
          failedTasks: 0,
          createdAt: expect.any(Date),
          updatedAt: expect.any(Date),
          launchType: "EC2",
          rolloutState: expect.stringMatching(/^(IN_PROGRESS|COMPLETED)$/),
          rolloutStateReason: expect.stringMatching(
            new RegExp(`^ECS deployment ecs-svc/${number} (in progress|completed)\\.$`),
          ),
        },
      ],
      events: expect.any(Array),
      createdAt: expect.any(Date),
      ...(made.currentServiceDeployment !== undefined && {
        currentServiceDeployment: expect.stringMatching(
          /:service-deployment\/default\/web\/[A-Za-z0-9_-]{21}$/,
        ),
      }),
      currentServiceRevisions: [
        {
          arn: arn("service-revision", `/web/${number}`),
          requestedTaskCount: 0,
          runningTaskCount: 0,
          pendingTaskCount: 0,
        },
      ],
      placementConstraints: [],
      placementStrategy: [],
      healthCheckGracePeriodSeconds: 0,
      schedulingStrategy: "REPLICA",
      deploymentController: { type: "ECS" },
      createdBy: `arn:aws:iam::${account}:root`,
      enableECSManagedTags: false,
      propagateTags: "NONE",
      enableExecuteCommand: false,
      availabilityZoneRebalancing: "ENABLED",
      resourceManagementType: "CUSTOMER",
    });
    expect(number).toMatch(/^\d{19}$/);
    const { serviceRevisions } = await own.ecs.send(
      new DescribeServiceRevisionsCommand({
        serviceRevisionArns: [arn("service-revision", `/web/${number}`)],
      }),
    );
    expect(serviceRevisions).toEqual([
      {
        serviceRevisionArn: arn("service-revision", `/web/${number}`),
        serviceArn: arn("service", "/web"),
        clusterArn: arn("cluster", ""),
        taskDefinition: `arn:aws:ecs:us-east-1:${account}:task-definition/bridge:1`,
        launchType: "EC2",
        containerImages: [{ containerName: "main", image: "web:1" }],
        guardDutyEnabled: false,
        createdAt: expect.any(Date),
      },
    ]);
  });

  test("keeps its cluster, and is told of by its absence", async () => {
    const own = await serviceWorld(roadstead);
    await own.create({ desiredCount: 0 });
    expect(await refusal(own.ecs.send(new DeleteClusterCommand({ cluster: "default" })))).toBe(
      "ClusterContainsServicesException: The Cluster cannot be deleted while Services are active.",
    );
    const { services, failures } = await own.ecs.send(
      new DescribeServicesCommand({ services: ["web", "missing"] }),
    );
    expect(services).toHaveLength(1);
    expect(failures).toEqual([
      { arn: `arn:aws:ecs:us-east-1:${own.account}:service/default/missing`, reason: "MISSING" },
    ]);
  });

  test("completes, says so, and is steady a moment later", async () => {
    const own = await serviceWorld(roadstead);
    await own.create({ desiredCount: 0 });
    const service = await own.steady();
    const [steady, done] = service.events ?? [];
    expect(steady?.message).toBe("(service web) has reached a steady state.");
    expect(done?.message).toBe(
      `(service web) (deployment ${service.deployments?.[0]?.id}) deployment completed.`,
    );
    expect(steady?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(service).not.toHaveProperty("currentServiceDeployment");
  });

  test("is listed, and is the same when it is made twice alike", async () => {
    const own = await serviceWorld(roadstead);
    const made = await own.create({ desiredCount: 0 });
    const again = await own.create({ desiredCount: 0 });
    expect(again.serviceArn).toBe(made.serviceArn);
    expect(await refusal(own.create({ desiredCount: 1 }))).toBe(
      "InvalidParameterException: Creation of service was not idempotent.",
    );
    for (const serviceName of ["b", "a"]) await own.create({ serviceName, desiredCount: 0 });
    const first = await own.ecs.send(new ListServicesCommand({ maxResults: 2 }));
    const rest = await own.ecs.send(new ListServicesCommand({ nextToken: first.nextToken }));
    const names = [...(first.serviceArns ?? []), ...(rest.serviceArns ?? [])].map((arn) => arn.split("/")[2]);
    expect(names).toEqual(["a", "b", "web"]);
    expect(rest.nextToken).toBeUndefined();
    const none = await own.ecs.send(new ListServicesCommand({ schedulingStrategy: "DAEMON" }));
    expect(none.serviceArns).toEqual([]);
  });
});

describe("DescribeServiceRevisions", () => {
  const arnOf = (cluster: string, service: string, id: string) =>
    `arn:aws:ecs:us-east-1:${world.account}:service-revision/${cluster}/${service}/${id}`;
  const asked = (...serviceRevisionArns: string[]) =>
    world.ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns }));

  test("answers as AWS was recorded to", async () => {
    await world.create({ serviceName: "zero", desiredCount: 0 });
    const missing = arnOf("default", "zero", "1");
    expect(await asked(missing)).toMatchObject({
      serviceRevisions: [],
      failures: [{ arn: missing, reason: "MISSING" }],
    });
    await world.ecs.send(new CreateClusterCommand({ clusterName: "gone" }));
    await world.ecs.send(new DeleteClusterCommand({ cluster: "gone" }));
    const many = Array.from({ length: 21 }, (_, index) => arnOf("default", "zero", String(index)));
    const rows: readonly (readonly [string[], string])[] = [
      [[arnOf("gone", "zero", "1")], "ClusterNotFoundException: The referenced cluster was inactive."],
      [[""], "InvalidParameterException: The Service ARN provided is invalid."],
      [["arn:aws:ecs:x"], "InvalidParameterException: The Service ARN provided is invalid."],
      [many, "InvalidParameterException: Service Revision ARN count cannot exceed 20"],
      [[missing, missing], "ServerException: Service Unavailable. Please try again later."],
      [[arnOf("default", "absent", "1")], "ServiceNotFoundException: Service not found."],
    ];
    for (const [arns, expected] of rows) expect(await refusal(asked(...arns))).toBe(expected);
  });
});

describe("CreateService says what is wrong", () => {
  const breaker = (value: number) => ({
    deploymentCircuitBreaker: {
      enable: true,
      rollback: true,
      thresholdConfiguration: { type: "BOUNDED_PERCENT" as const, value },
    },
  });
  const invalid = "InvalidParameterException: ";
  test.each<[string, Parameters<ServiceWorld["create"]>[0], string]>([
    ["no count", { desiredCount: undefined }, `${invalid}DesiredCount is missing`],
    ["a negative count", { desiredCount: -1 }, `${invalid}DesiredCount can not be lesser than 0`],
    [
      "a strategy that is none",
      { schedulingStrategy: "MOON" as never },
      `${invalid}Scheduling strategy should be one of [REPLICA,DAEMON]`,
    ],
    [
      "too low a maximum",
      { deploymentConfiguration: { maximumPercent: 99 } },
      `${invalid}maximumPercent must be at least 100`,
    ],
    [
      "too high a minimum",
      { deploymentConfiguration: { minimumHealthyPercent: 101 } },
      `${invalid}minimumHealthyPercent must be at most 100`,
    ],
    [
      "bounds that block",
      { deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 100 } },
      `${invalid}Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.`,
    ],
    [
      "rebalancing without room",
      {
        availabilityZoneRebalancing: "ENABLED",
        deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 0 },
      },
      `${invalid}The service couldn't be updated because Availability Zone Rebalancing does not support maximumPercent <= 100 % as deployment configuration. Update deployment configuration and try again.`,
    ],
    [
      "a daemon's count",
      { schedulingStrategy: "DAEMON", desiredCount: 1 },
      `${invalid}The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again`,
    ],
    [
      "a daemon on Fargate",
      { schedulingStrategy: "DAEMON", desiredCount: undefined },
      `${invalid}The daemon scheduling strategy does not support the FARGATE launch type. Change the launch type and try again`,
    ],
    [
      "a bad threshold",
      { deploymentConfiguration: breaker(101) },
      `${invalid}Invalid deployment circuit breaker threshold value.`,
    ],
    [
      "no threshold",
      { deploymentConfiguration: breaker(0) },
      `${invalid}Invalid deployment circuit breaker threshold value.`,
    ],
    [
      "a launch type that is none",
      { launchType: "MOON" as never },
      `${invalid}launch type should be one of [EC2,FARGATE,EXTERNAL,FMI,MANAGED_INSTANCES]`,
    ],
    [
      "no network",
      { networkConfiguration: undefined },
      `${invalid}Network Configuration must be provided when networkMode 'awsvpc' is specified.`,
    ],
    ["a long token", { clientToken: "x".repeat(37) }, `${invalid}idempotency token longer than 36.`],
    ["no definition", { taskDefinition: "absent" }, "ClientException: TaskDefinition not found."],
    ["no cluster", { cluster: "absent" }, "ClusterNotFoundException: Cluster not found."],
    [
      "a bad name",
      { serviceName: "a b" },
      `${invalid}serviceName can have up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens.`,
    ],
    [
      "two ways to launch",
      { capacityProviderStrategy: [{ capacityProvider: "FARGATE" }] },
      `${invalid}Specify either Launch Type or Capacity Provider Strategy, but not both.`,
    ],
    [
      "a load balancer",
      { loadBalancers: [{ containerName: "main", containerPort: 80 }] },
      "InvalidParameterException: loadBalancers need a targetGroupArn.",
    ],
    [
      "alarms without a name",
      { deploymentConfiguration: { alarms: { alarmNames: [], enable: true, rollback: true } } },
      "InvalidParameterException: alarms.alarmNames must have 1 to 20 names",
    ],
    [
      "a shift of traffic",
      { deploymentConfiguration: { strategy: "CANARY" } },
      "InvalidParameterException: The CANARY deployment strategy needs a load balancer, whose traffic it shifts.",
    ],
    [
      "a function as a hook",
      {
        deploymentConfiguration: {
          strategy: "BLUE_GREEN",
          lifecycleHooks: [
            {
              hookTargetArn: "arn:aws:lambda:us-east-1:000000000000:function:f",
              lifecycleStages: ["POST_SCALE_UP"],
            },
          ],
        },
      },
      "UnsupportedFeatureException: Roadstead has no AWS Lambda: lifecycle hooks can be of target type PAUSE only.",
    ],
    [
      "a grace period below nothing",
      { healthCheckGracePeriodSeconds: -1 },
      `${invalid}healthCheckGracePeriodSeconds must be between 0 and 2147483647`,
    ],
    [
      "a subnet that is not there",
      { networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-0123456789abcdef0"] } } },
      `${invalid}Error retrieving subnet information for [subnet-0123456789abcdef0]: The subnet ID 'subnet-0123456789abcdef0' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
    ],
    ["many results", undefined, `${invalid}Max results can not be greater than 100`],
  ])("%s", async (what, input, expected) => {
    const call =
      what === "many results"
        ? world.ecs.send(new ListServicesCommand({ maxResults: 101 }))
        : world.create({ serviceName: "wrong", ...input });
    expect(await refusal(call)).toBe(expected);
  });
});

describe("what is not there, or not so", () => {
  test("is told in AWS's words", async () => {
    const own = await serviceWorld(roadstead);
    expect(await refusal(own.update({ desiredCount: 1 }))).toBe(
      "ServiceNotFoundException: Service not found.",
    );
    // AWS: an empty message, for which the client puts its own.
    expect(await refusal(own.remove())).toMatch(/^ServiceNotFoundException: /);
    await own.create({ desiredCount: 1 });
    await own.steady();
    expect(await refusal(own.update({ desiredCount: -1 }))).toBe(
      "InvalidParameterException: Task count can not be lesser than 0",
    );
    expect(await refusal(own.ecs.send(new UpdateServiceCommand({ service: "web", cluster: "absent" })))).toBe(
      "ClusterNotFoundException: Cluster not found.",
    );
    expect(
      await refusal(own.ecs.send(new DescribeServicesCommand({ services: ["a"], include: ["X" as never] }))),
    ).toBe("InvalidParameterException: include should be one of [TAGS]");
    await own.remove(true);
    expect(await refusal(own.create({ desiredCount: 1 }))).toMatch(
      /^(InvalidParameterException: Unable to Start a service that is still Draining\.|no refusal)$/,
    );
    expect(await refusal(own.ecs.send(new ListServicesByNamespaceCommand({ namespace: "a" })))).toMatch(
      /^NamespaceNotFoundException: /,
    );
  });

  test("an inactive service is not updated", async () => {
    const own = await serviceWorld(roadstead);
    await own.create({ desiredCount: 0 });
    await own.remove();
    await own.until(({ status }) => status === "INACTIVE");
    expect(await refusal(own.update({ desiredCount: 1 }))).toBe(
      "ServiceNotActiveException: Service was not ACTIVE.",
    );
  });
});
