import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  faringRuntime,
  type ServiceWorld,
  serviceWorld,
} from "../../src/services/ecs/services/world.testing.ts";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** The deploy step of a CI system, as examples/deploy has it, with the AWS CLI. */

const script = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "examples", "deploy", "deploy.sh");
const reason = missing("aws") ?? missing("jq");

let roadstead: TestRoadstead;
let world: ServiceWorld;

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { fargate: faringRuntime });
  world = await serviceWorld(roadstead);
});

afterAll(() => roadstead?.stop());

const deploy = (service: string, container: string, image: string) =>
  command("bash", [script, "default", service, container, image], {
    env: { ...process.env, ...roadstead.environment(world.account), DEPLOY_PATIENCE: "60" },
  });

describe.skipIf(reason !== undefined)("a deploy step", { timeout: 120_000 }, () => {
  test("puts an image into the service's task definition and waits until it runs", async () => {
    const breaker = { enable: true, rollback: true };
    await world.create({ deploymentConfiguration: { deploymentCircuitBreaker: breaker } });
    await world.steady();
    const { code, stdout } = await deploy("web", "main", "web:2");
    expect(stdout).toMatch(
      /^registered \S+:task-definition\/web:\d+\ndeploying ecs-svc\/\d+\ndeployed web:2\n$/,
    );
    expect(code).toBe(0);
    const images = (await world.tasks()).map(({ containers }) => containers?.[0]?.image);
    expect(images).toEqual(["web:2", "web:2"]);
  });

  test("says why an image was rolled back", async () => {
    const { code, stderr } = await deploy("web", "main", "web:bad");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^not deployed: /);
    expect(stderr).toContain("(service web)");
    await world.steady();
    expect((await world.tasks()).map(({ containers }) => containers?.[0]?.image)).toEqual(["web:2", "web:2"]);
  });

  test.each([
    ["no service", "other", "main", "no service other in cluster default"],
    ["no container", "web", "other", "no container other"],
  ])("registers nothing where there is %s", async (_what, service, container, message) => {
    const before = (await world.service()).taskDefinition;
    const { code, stdout, stderr } = await deploy(service, container, "web:3");
    expect([code === 0, stdout, stderr.includes(message)]).toEqual([false, "", true]);
    expect((await world.service()).taskDefinition).toBe(before);
  });
});
