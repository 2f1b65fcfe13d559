import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
} from "@aws-sdk/client-auto-scaling";
import { CreateLaunchTemplateCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateCapacityProviderCommand,
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  PutClusterCapacityProvidersCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import { scriptedRuntime } from "../../src/control/tasks/runtime.testing.ts";
import { type MovableClock, movableClock } from "../../src/kernel/clock.ts";
import { minute } from "../../src/kernel/duration.ts";
import type { Overrides } from "../../src/main/overrides.ts";
import { type Agent, startAgent } from "../../src/runtime/agent/agent.ts";
import { hostImage, joinAs } from "./ec2-host.ts";
import { type TestRoadstead, testRoadstead } from "./roadstead.ts";

/** A cluster whose capacity provider is of an Auto Scaling group; machines join it in this process. */
export interface GroupProviderWorld {
  readonly roadstead: TestRoadstead;
  readonly autoscaling: AutoScalingClient;
  readonly ecs: ECSClient;
  /** The group's instances with their states and protection. */
  members(): Promise<readonly { readonly id: string; readonly state: string; readonly protected: boolean }[]>;
  /** A machine joins as an instance of the group, with an agent that says that every task runs. */
  join(instance: string): Promise<Agent>;
  run(count?: number): Promise<readonly string[]>;
  statusOf(task: string): Promise<string | undefined>;
  /** Lets minutes pass, one after the other. */
  pass(minutes: number): Promise<void>;
  stop(): Promise<void>;
}

const group = "hosts";

/** Makes it. @param settings of the provider. */
export async function groupProviderWorld(
  settings: object = {},
  overrides: Overrides = {},
): Promise<GroupProviderWorld> {
  const clock: MovableClock = movableClock();
  const roadstead = await testRoadstead({}, { clock, ...overrides });
  const client = roadstead.client();
  const autoscaling = new AutoScalingClient(client);
  const ecs = new ECSClient(client);
  const ec2 = new EC2Client(client);
  await ecs.send(new CreateClusterCommand({}));
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: group,
      LaunchTemplateData: { ImageId: hostImage?.id, InstanceType: "t3.small" },
    }),
  );
  ec2.destroy();
  await autoscaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: group,
      LaunchTemplate: { LaunchTemplateName: group, Version: "$Latest" },
      ...{ MinSize: 0, MaxSize: 5, AvailabilityZones: ["us-east-1a"] },
      NewInstancesProtectedFromScaleIn: true,
    }),
  );
  const found = await autoscaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
  );
  await ecs.send(
    new CreateCapacityProviderCommand({
      name: "own",
      autoScalingGroupProvider: {
        autoScalingGroupArn: found.AutoScalingGroups?.[0]?.AutoScalingGroupARN,
        managedScaling: { status: "ENABLED", instanceWarmupPeriod: 0 },
        managedTerminationProtection: "ENABLED",
        ...settings,
      },
    }),
  );
  await ecs.send(
    new PutClusterCapacityProvidersCommand({
      cluster: "default",
      capacityProviders: ["own"],
      defaultCapacityProviderStrategy: [{ capacityProvider: "own", weight: 1 }],
    }),
  );
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "work",
      networkMode: "bridge",
      requiresCompatibilities: ["EC2"],
      containerDefinitions: [{ name: "main", image: "busybox", cpu: 1024, memory: 512 }],
    }),
  );
  const agents: Agent[] = [];
  return {
    roadstead,
    autoscaling,
    ecs,
    async members() {
      const { AutoScalingGroups = [] } = await autoscaling.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
      );
      return (AutoScalingGroups[0]?.Instances ?? []).map((one) => ({
        id: one.InstanceId ?? "",
        state: one.LifecycleState ?? "",
        protected: one.ProtectedFromScaleIn ?? false,
      }));
    },
    async join(instance) {
      const { identity } = await joinAs(roadstead, client, instance);
      const agent = await startAgent({
        endpoint: roadstead.url,
        region: "us-east-1",
        keys: async () => client.credentials,
        cluster: "default",
        attributes: {},
        ...{ cpu: 2048, memory: 2048, reservedPorts: [22] },
        identity: {
          document: identity.instanceIdentityDocument,
          signature: identity.instanceIdentityDocumentSignature,
        },
        agentVersion: "1.105.1",
        dockerVersion: "20.10.24",
        log: { info: () => {}, error: () => {} },
        telemetryEvery: 50,
        open: (report) => scriptedRuntime(report),
      });
      agents.push(agent);
      return agent;
    },
    async run(count = 1) {
      const { tasks = [], failures = [] } = await ecs.send(
        new RunTaskCommand({ taskDefinition: "work", count }),
      );
      if (failures.length > 0) throw new Error(JSON.stringify(failures));
      return tasks.map(({ taskArn = "" }) => taskArn);
    },
    async statusOf(task) {
      const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ tasks: [task] }));
      return tasks[0]?.lastStatus;
    },
    async pass(minutes) {
      for (let i = 0; i < minutes; i++) {
        clock.advance(minute);
        // Jobs that fall due together are taken in the order of their times: a poll of the store is a second away.
        await new Promise((resolve) => setTimeout(resolve, 1_200));
      }
    },
    async stop() {
      await Promise.all(agents.map((agent) => agent.stop()));
      autoscaling.destroy();
      ecs.destroy();
      await roadstead.stop();
    },
  };
}
