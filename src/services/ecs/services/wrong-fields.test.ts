import { afterAll, beforeAll, expect, test } from "vitest";
import { codeOf, sendSigned } from "../../../../test/failure/signed.ts";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { scriptedRuntime } from "../../../control/tasks/runtime.testing.ts";
import { type ServiceWorld, serviceWorld } from "./world.testing.ts";

/** Every member of a service, wrong in turn: refused in words that a client understands, or harmless. */

let roadstead: TestRoadstead;
let world: ServiceWorld;
beforeAll(async () => {
  roadstead = await testRoadstead({}, { fargate: scriptedRuntime });
  world = await serviceWorld(roadstead);
  await world.create({ serviceName: "there", desiredCount: 0 });
});
afterAll(() => roadstead?.stop());

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const wrongs: readonly Json[] = [
  ...[null, "", " ", "x".repeat(5000), "\u0000", "arn:aws:ecs", "MOON"],
  ...[-1, 0, 1.5, 1e308, 2 ** 53, true],
  ...[[], {}, [null], [[]], { a: {} }, [{}]],
];

const settings = (): { readonly [name: string]: Json } => ({
  taskDefinition: "web",
  desiredCount: 0,
  launchType: "FARGATE",
  platformVersion: "LATEST",
  capacityProviderStrategy: [],
  networkConfiguration: {
    awsvpcConfiguration: {
      subnets: world.subnets.slice(0, 1),
      securityGroups: [],
      assignPublicIp: "DISABLED",
    },
  },
  placementConstraints: [],
  placementStrategy: [],
  healthCheckGracePeriodSeconds: 1,
  enableECSManagedTags: true,
  propagateTags: "SERVICE",
  enableExecuteCommand: false,
  availabilityZoneRebalancing: "DISABLED",
  loadBalancers: [],
  serviceRegistries: [],
  serviceConnectConfiguration: { enabled: false },
  volumeConfigurations: [],
  vpcLatticeConfigurations: [],
  deploymentConfiguration: {
    strategy: "BLUE_GREEN",
    maximumPercent: 200,
    minimumHealthyPercent: 50,
    bakeTimeInMinutes: 1,
    deploymentCircuitBreaker: {
      enable: true,
      rollback: true,
      resetOnHealthyTask: false,
      thresholdConfiguration: { type: "COUNT", value: 3 },
    },
    lifecycleHooks: [
      {
        targetType: "PAUSE",
        lifecycleStages: ["POST_SCALE_UP"],
        timeoutConfiguration: { timeoutInMinutes: 5, action: "ROLLBACK" },
      },
    ],
    alarms: { enable: false, rollback: false, alarmNames: [] },
    earlySuccessCriteria: { enable: false },
  },
});

const ofCreation = {
  cluster: "default",
  serviceName: "wrong",
  clientToken: "t",
  schedulingStrategy: "REPLICA",
  deploymentController: { type: "ECS" },
  tags: [{ key: "a", value: "b" }],
};

/** The value with each of its parts, in turn, replaced by each wrong one; with the place of the part. */
function* wronged(value: Json, place = ""): Generator<readonly [place: string, value: Json]> {
  if (place !== "") for (const wrong of wrongs) yield [`${place} = ${JSON.stringify(wrong)}`, wrong];
  if (typeof value !== "object" || value === null) return;
  for (const [name, part] of Object.entries(value)) {
    for (const [where, changed] of wronged(part, `${place}.${name}`)) {
      const copy = Array.isArray(value)
        ? value.map((one, index) => (String(index) === name ? changed : one))
        : { ...value, [name]: changed };
      yield [where, copy];
    }
  }
}

test.each([
  ["CreateService", ofCreation],
  ["UpdateService", { cluster: "default", service: "there", forceNewDeployment: true }],
] as const)("%s", { timeout: 120_000 }, async (operation, own) => {
  const unclear: string[] = [];
  let number = 0;
  const refused = new Set<string>();
  for (const [place, wrong] of wronged({ ...settings(), ...own })) {
    // What is harmless makes a service of its own.
    const named = operation === "CreateService" && !place.startsWith(".serviceName ");
    const input = named ? { ...(wrong as object), serviceName: `wrong-${number++}` } : wrong;
    const answer = await sendSigned(roadstead.url, world.account, "ecs", {
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AmazonEC2ContainerServiceV20141113.${operation}`,
      },
      body: JSON.stringify(input),
    });
    const { message = "" } = JSON.parse(answer.body.toString("utf8")) as { message?: string };
    if (answer.status >= 400) {
      refused.add(place.split(" ")[0] ?? "");
      if (answer.status >= 500 || codeOf(answer) === "" || message === "") unclear.push(place);
    }
  }
  expect(unclear).toEqual([]);
  for (const member of Object.keys(own)) expect(refused).toContain(`.${member}`);
  expect(refused.size).toBeGreaterThan(40);
});
