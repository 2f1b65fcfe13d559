import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeInstanceRefreshesCommand,
  DescribeScalingActivitiesCommand,
  PutLifecycleHookCommand,
  PutScheduledUpdateGroupActionCommand,
  SetDesiredCapacityCommand,
  SetInstanceProtectionCommand,
  StartInstanceRefreshCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { CreateLaunchTemplateCommand, DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { hostImage, joinAs } from "../support/ec2-host.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Amazon EC2 Auto Scaling over the wire: machines join as the instances that a group has launched. */

let roadstead: TestRoadstead;
let autoscaling: AutoScalingClient;
let ec2: EC2Client;
let group: string;
let number = 0;

beforeAll(async () => {
  roadstead = await testRoadstead();
  autoscaling = new AutoScalingClient(roadstead.client());
  ec2 = new EC2Client(roadstead.client());
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: "hosts",
      LaunchTemplateData: {
        ImageId: hostImage?.id,
        InstanceType: "t3.small",
        TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "of", Value: "template" }] }],
      },
    }),
  );
});

afterAll(async () => {
  autoscaling?.destroy();
  ec2?.destroy();
  await roadstead?.stop();
});

beforeEach(() => {
  number += 1;
  group = `group-${number}`;
});

async function create(more: object = {}): Promise<void> {
  await autoscaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: group,
      LaunchTemplate: { LaunchTemplateName: "hosts", Version: "$Latest" },
      MinSize: 0,
      MaxSize: 4,
      AvailabilityZones: ["us-east-1a", "us-east-1b"],
      ...more,
    }),
  );
}

async function described() {
  const { AutoScalingGroups = [] } = await autoscaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
  );
  return AutoScalingGroups[0];
}

async function activities() {
  const { Activities = [] } = await autoscaling.send(
    new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group, IncludeDeletedGroups: true }),
  );
  return Activities;
}

/** Waits until the group has instances in such states, in order of the states. */
async function untilStates(...states: readonly string[]): Promise<readonly string[]> {
  return vi.waitFor(
    async () => {
      const instances = (await described())?.Instances ?? [];
      expect(instances.map((one) => one.LifecycleState).sort()).toEqual([...states].sort());
      return instances.map((one) => one.InstanceId ?? "");
    },
    { timeout: 15_000, interval: 50 },
  );
}

/** Makes a group whose instances are all in service. */
async function serving(count: number, more: object = {}): Promise<readonly string[]> {
  await create({ DesiredCapacity: count, ...more });
  const ids = await untilStates(...Array.from({ length: count }, () => "Pending"));
  for (const id of ids) await joinAs(roadstead, roadstead.client(), id);
  await untilStates(...ids.map(() => "InService"));
  return ids;
}

describe("a group", () => {
  test("launches through its service-linked role, spreads over zones, and has machines join", async () => {
    const ids = await serving(2, {
      Tags: [
        { Key: "team", Value: "blue", PropagateAtLaunch: true },
        { Key: "own", Value: "1", PropagateAtLaunch: false },
      ],
    });
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [...ids] }));
    const instances = Reservations.flatMap((one) => one.Instances ?? []);
    expect(instances.map((one) => one.Placement?.AvailabilityZone).sort()).toEqual([
      "us-east-1a",
      "us-east-1b",
    ]);
    const tags = Object.fromEntries((instances[0]?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    expect(tags).toEqual({ of: "template", team: "blue", "aws:autoscaling:groupName": group });
    const iam = new IAMClient(roadstead.client());
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "AWSServiceRoleForAutoScaling" }));
    expect(Role?.Path).toBe("/aws-service-role/autoscaling.amazonaws.com/");
    iam.destroy();
    const trail = new CloudTrailClient(roadstead.client());
    const { Events = [] } = await trail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "RunInstances" }],
      }),
    );
    trail.destroy();
    const records = Events.map((event) => JSON.parse(event.CloudTrailEvent ?? "{}"));
    expect(
      records.some(
        ({ userIdentity, errorCode }) =>
          errorCode === undefined &&
          userIdentity.invokedBy === "autoscaling.amazonaws.com" &&
          String(userIdentity.arn).includes("assumed-role/AWSServiceRoleForAutoScaling/"),
      ),
    ).toBe(true);
    const done = await activities();
    expect(done.map((one) => one.StatusCode)).toEqual(["Successful", "Successful"]);
    expect(done[0]?.Description).toMatch(/^Launching a new EC2 instance: i-[0-9a-f]{17}$/);
    expect(done[0]?.Cause).toMatch(
      /^At \S+Z a user request created an AutoScalingGroup changing the desired capacity from 0 to 2\. {2}At \S+Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 2\.$/,
    );
  });

  test("shrinks by its termination policies, and never a protected instance", async () => {
    const ids = await serving(2);
    const [kept = "", goes = ""] = ids;
    await autoscaling.send(
      new SetInstanceProtectionCommand({
        AutoScalingGroupName: group,
        InstanceIds: [kept],
        ProtectedFromScaleIn: true,
      }),
    );
    await autoscaling.send(
      new SetDesiredCapacityCommand({ AutoScalingGroupName: group, DesiredCapacity: 0 }),
    );
    expect(await untilStates("InService")).toEqual([kept]);
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [goes] }));
    expect(Reservations[0]?.Instances?.[0]?.State?.Name).toBe("terminated");
    const [last] = await activities();
    expect(last?.Cause).toContain(`instance ${goes} was selected for termination.`);
  });

  test("replaces an instance that is terminated, and decrements when asked", async () => {
    const [id = ""] = await serving(1);
    await autoscaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: id,
        ShouldDecrementDesiredCapacity: false,
      }),
    );
    const [next = ""] = await untilStates("Pending");
    expect(next).not.toBe(id);
    await autoscaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: next,
        ShouldDecrementDesiredCapacity: true,
      }),
    );
    await untilStates();
    expect((await described())?.DesiredCapacity).toBe(0);
  });

  test("waits for lifecycle hooks at launch and at termination", async () => {
    await create();
    for (const transition of ["LAUNCHING", "TERMINATING"]) {
      await autoscaling.send(
        new PutLifecycleHookCommand({
          AutoScalingGroupName: group,
          LifecycleHookName: transition.toLowerCase(),
          LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
          HeartbeatTimeout: 600,
          DefaultResult: "CONTINUE",
        }),
      );
    }
    await autoscaling.send(
      new SetDesiredCapacityCommand({ AutoScalingGroupName: group, DesiredCapacity: 1 }),
    );
    const [id = ""] = await untilStates("Pending");
    await joinAs(roadstead, roadstead.client(), id);
    await untilStates("Pending:Wait");
    const complete = (LifecycleHookName: string) =>
      autoscaling.send(
        new CompleteLifecycleActionCommand({
          AutoScalingGroupName: group,
          LifecycleHookName,
          InstanceId: id,
          LifecycleActionResult: "CONTINUE",
        }),
      );
    await complete("launching");
    await untilStates("InService");
    await autoscaling.send(
      new SetDesiredCapacityCommand({ AutoScalingGroupName: group, DesiredCapacity: 0 }),
    );
    await untilStates("Terminating:Wait");
    await complete("terminating");
    await untilStates();
  });

  test("is changed by a scheduled action when its time comes, and deleted by force", async () => {
    await create();
    await autoscaling.send(
      new PutScheduledUpdateGroupActionCommand({
        AutoScalingGroupName: group,
        ScheduledActionName: "more",
        StartTime: new Date(Date.now() + 3_600_000),
        MinSize: 1,
        DesiredCapacity: 1,
      }),
    );
    await fetch(`${roadstead.url}/_roadstead/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advanceSeconds: 3_600 }),
    });
    await untilStates("Pending");
    await expect(
      autoscaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: group })),
    ).rejects.toMatchObject({ name: "ResourceInUseFault" });
    await autoscaling.send(
      new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: group, ForceDelete: true }),
    );
    await vi.waitFor(async () => expect(await described()).toBeUndefined(), { timeout: 10_000 });
  });

  test("replaces its instances by a refresh", async () => {
    const [old = ""] = await serving(1);
    await autoscaling.send(
      new StartInstanceRefreshCommand({ AutoScalingGroupName: group, Preferences: { InstanceWarmup: 0 } }),
    );
    const next = await vi.waitFor(
      async () => {
        const [one] = await untilStates("Pending");
        expect(one).not.toBe(old);
        return one ?? "";
      },
      { timeout: 10_000 },
    );
    await joinAs(roadstead, roadstead.client(), next);
    await untilStates("InService");
    await vi.waitFor(
      async () => {
        const { InstanceRefreshes = [] } = await autoscaling.send(
          new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: group }),
        );
        expect(InstanceRefreshes[0]).toMatchObject({ Status: "Successful", PercentageComplete: 100 });
      },
      { timeout: 10_000 },
    );
  });

  test("refuses what is not there or does not fit", async () => {
    const refused = (command: Promise<unknown>) => expect(command).rejects;
    await refused(create({ LaunchTemplate: { LaunchTemplateName: "none" } })).toMatchObject({
      name: "ValidationError",
    });
    await refused(create({ MinSize: 3, MaxSize: 1 })).toThrow(
      "must be greater than or equal to min bound, 3",
    );
    await refused(create({ AvailabilityZones: ["us-east-1z"] })).toThrow(
      "Invalid Availability Zone: [us-east-1z]",
    );
    await create();
    await refused(create()).toMatchObject({ name: "AlreadyExistsFault" });
    await refused(
      autoscaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: group, DesiredCapacity: 9 })),
    ).toThrow("New SetDesiredCapacity value 9 is above max value 4 for the AutoScalingGroup.");
    await refused(
      autoscaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: "none", MaxSize: 1 })),
    ).toThrow("AutoScalingGroup name not found - null");
    const { AutoScalingInstances } = await autoscaling.send(
      new DescribeAutoScalingInstancesCommand({ InstanceIds: ["i-0123456789abcdef0"] }),
    );
    expect(AutoScalingInstances).toEqual([]);
  });
});
