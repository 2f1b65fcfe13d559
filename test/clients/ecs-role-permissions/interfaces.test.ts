import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { DescribeNetworkInterfacesCommand } from "@aws-sdk/client-ec2";
import { StopTaskCommand } from "@aws-sdk/client-ecs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type TaskWorld, taskWorld } from "../../../src/services/ecs/tasks/world.testing.ts";
import { openManagedPolicies, withDocument } from "../../../src/services/iam/managed-policy-catalogue.ts";
import { dataDirectory, type TestRoadstead, testRoadstead } from "../../support/roadstead.ts";

/** What of tasks' network interfaces stops when AWSServiceRoleForECS may not do one thing. */

const rolePolicy = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy";

function without(action: string) {
  const catalogue = openManagedPolicies(dataDirectory);
  const document = catalogue.get(rolePolicy)?.document ?? "";
  expect(document).toContain(`"${action}"`);
  return withDocument(catalogue, rolePolicy, document.replaceAll(`"${action}"`, '"ecs:None"'));
}

let roadstead: TestRoadstead;
let world: TaskWorld;

afterEach(() => roadstead?.stop());

async function worldWithout(action: string): Promise<void> {
  roadstead = await testRoadstead({}, { managedPolicies: without(action) });
  world = await taskWorld(roadstead);
}

/** Waits for a refused call of the role. */
async function refused(eventName: string): Promise<void> {
  const trail = new CloudTrailClient(world.settings);
  await vi.waitFor(
    async () => {
      const LookupAttributes = [{ AttributeKey: "EventName" as const, AttributeValue: eventName }];
      const { Events = [] } = await trail.send(new LookupEventsCommand({ LookupAttributes }));
      const records = Events.map(({ CloudTrailEvent = "{}" }) => JSON.parse(CloudTrailEvent));
      expect(
        records.map(({ errorCode, userIdentity }) => [errorCode, userIdentity.invokedBy]),
      ).toContainEqual(["Client.UnauthorizedOperation", "ecs.amazonaws.com"]);
    },
    { timeout: 20_000, interval: 50 },
  );
  trail.destroy();
}

async function interfaces() {
  const { NetworkInterfaces = [] } = await world.ec2.send(new DescribeNetworkInterfacesCommand({}));
  return NetworkInterfaces.filter(
    ({ RequesterManaged, Description }) => RequesterManaged || Description !== "",
  );
}

describe("a role of ECS that may not", { timeout: 60_000 }, () => {
  test.each([
    ["ec2:CreateNetworkInterface", "CreateNetworkInterface"],
    ["ec2:CreateNetworkInterfacePermission", "CreateNetworkInterfacePermission"],
    ["ec2:AttachNetworkInterface", "AttachNetworkInterface"],
  ])("%s: the task stops with EC2's code, and leaves no interface", async (action, event) => {
    await worldWithout(action);
    const { taskArn } = await world.run();
    expect(await world.reached(taskArn, "STOPPED")).toMatchObject({
      stopCode: "TaskFailedToStart",
      stoppedReason: expect.stringMatching(
        /^Unexpected EC2 error while attempting to Create Network Interface .*: UnauthorizedOperation$/,
      ),
    });
    await refused(event);
    await vi.waitFor(async () => {
      const { NetworkInterfaces } = await world.ec2.send(new DescribeNetworkInterfacesCommand({}));
      expect(NetworkInterfaces).toEqual([]);
    });
  });

  test("ec2:Describe*: no task with an interface is taken", async () => {
    await worldWithout("ec2:Describe*");
    await expect(world.run()).rejects.toThrow(/^Error retrieving subnet information for /);
    await refused("DescribeSubnets");
  });

  test("ec2:CreateTags: a task whose interface shall carry ECS's tags stops", async () => {
    await worldWithout("ec2:CreateTags");
    const plain = await world.run();
    await world.reached(plain.taskArn, "RUNNING");
    const { taskArn } = await world.run(world.fargate({ enableECSManagedTags: true }));
    await world.reached(taskArn, "STOPPED");
    await refused("CreateTags");
  });

  test.each(["DetachNetworkInterface", "DeleteNetworkInterface"])(
    "ec2:%s: a task that stops keeps its interface",
    async (name) => {
      await worldWithout(`ec2:${name}`);
      const { taskArn } = await world.run();
      await world.reached(taskArn, "RUNNING");
      await world.ecs.send(new StopTaskCommand({ task: taskArn }));
      await refused(name);
      expect(await interfaces()).toHaveLength(1);
    },
  );
});
