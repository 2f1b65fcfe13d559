import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { ended, running, scriptedRuntime } from "../../../control/tasks/runtime.testing.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { second } from "../../../kernel/duration.ts";
import { type ServiceWorld, serviceWorld } from "./world.testing.ts";

/** Services whose surroundings fail them: subnets that are full, an engine that is gone or has no room. */

const clock = movableClock();
let roadstead: TestRoadstead;
let world: ServiceWorld;
let away: string | undefined;
/** Why the engine cannot start containers, when it cannot. */
let full: string | undefined;

beforeAll(async () => {
  roadstead = await testRoadstead(
    { ecsHealthyAfter: 0 },
    {
      clock,
      fargate: (sink) =>
        scriptedRuntime(sink, {
          unavailable: () => away,
          stopped: ended,
          started: (spec) => {
            if (full === undefined) return running(spec);
            const containers = spec.containers.map(({ definition: { name } }) => ({
              name,
              status: "STOPPED" as const,
              reason: full,
            }));
            return [{ taskArn: spec.taskArn, status: "STOPPED", containers }];
          },
        }),
    },
  );
});
afterAll(() => roadstead?.stop());
beforeEach(async () => {
  away = undefined;
  full = undefined;
  world = await serviceWorld(roadstead);
});

test("a subnet without free addresses is told of by its name; what has an address runs", async () => {
  const ec2 = new EC2Client(roadstead.client(world.account));
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/24" }));
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.9.0.0/28" }));
  const subnet = Subnet?.SubnetId ?? "";
  // AWS keeps five of the sixteen addresses to itself.
  await world.create({
    desiredCount: 12,
    networkConfiguration: { awsvpcConfiguration: { subnets: [subnet] } },
  });
  const lacking = `(service web) was unable to place a task. Reason: Unexpected EC2 error while attempting to Create Network Interface with public IP assignment disabled in subnet '${subnet}': InsufficientFreeAddressesInSubnet.`;
  await expect.poll(() => world.messages(), { timeout: 20_000 }).toContain(lacking);
  await world.until(({ runningCount }) => runningCount === 11);
  await world.update({ desiredCount: 10 });
  await world.until(({ runningCount, pendingCount }) => {
    clock.advance(second);
    return runningCount === 10 && pendingCount === 0;
  });
});

test.each([
  [
    "an engine without room",
    "CannotCreateContainerError: Error response from daemon: no space left on device",
  ],
  [
    "an engine that is slow",
    "DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s",
  ],
])("%s is told of in its own words, and tried again until it has recovered", async (_what, reason) => {
  full = reason;
  await world.create({ desiredCount: 1 });
  const told = `(service web) was unable to place a task. Reason: ${reason}.`;
  await expect.poll(() => world.messages(), { timeout: 20_000 }).toContain(told);
  const [task] = await world.tasks("STOPPED");
  expect(task).toMatchObject({ stopCode: "TaskFailedToStart", stoppedReason: reason });
  full = undefined;
  await world.until(({ runningCount }) => {
    clock.advance(second);
    return runningCount === 1;
  });
});

test("an engine that is gone refuses new services and deployments, and nothing else", async () => {
  await world.create({ desiredCount: 1 });
  await world.steady();
  away = "the container engine does not answer: connect ENOENT";
  const refused = {
    name: "UnsupportedFeatureException",
    message: `Roadstead cannot run tasks on Fargate: ${away}`,
  };
  await expect(world.create({ serviceName: "other" })).rejects.toMatchObject(refused);
  await expect(world.update({ forceNewDeployment: true })).rejects.toMatchObject(refused);
  const { service } = await world.ecs.send(new UpdateServiceCommand({ service: "web", desiredCount: 2 }));
  expect(service?.desiredCount).toBe(2);
  expect((await world.service()).runningCount).toBeGreaterThanOrEqual(1);
});
