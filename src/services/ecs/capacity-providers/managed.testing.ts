import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateCapacityProviderCommand,
  type CreateCapacityProviderCommandInput,
  CreateClusterCommand,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListContainerInstancesCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  type Task,
} from "@aws-sdk/client-ecs";
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import type { ClientSettings, TestRoadstead } from "../../../../test/support/roadstead.ts";

/** An account with a cluster, the roles that managed instances need, and a definition `web` for them. */
export interface ManagedWorld {
  readonly account: string;
  readonly settings: ClientSettings;
  readonly ecs: ECSClient;
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly subnets: readonly string[];
  readonly infrastructureRole: string;
  /** Makes a provider in the first subnet, or as `more` says. */
  provider(
    name: string,
    more?: Partial<NonNullable<CreateCapacityProviderCommandInput["managedInstancesProvider"]>>,
  ): Promise<string>;
  register(more?: Partial<RegisterTaskDefinitionCommandInput>): Promise<void>;
  tasks(query?: {
    readonly desiredStatus?: "RUNNING" | "STOPPED";
    readonly daemonName?: string;
  }): Promise<readonly Task[]>;
  instances(): Promise<readonly ContainerInstanceSeen[]>;
  close(): void;
}

interface ContainerInstanceSeen {
  readonly containerInstanceArn?: string | undefined;
  readonly ec2InstanceId?: string | undefined;
  readonly status?: string | undefined;
  readonly capacityProviderName?: string | undefined;
  readonly runningTasksCount?: number | undefined;
}

let accounts = 300_000_000_000;

export async function managedWorld(
  roadstead: TestRoadstead,
  account = String(++accounts),
): Promise<ManagedWorld> {
  const settings = roadstead.client(account);
  const ecs = new ECSClient(settings);
  const ec2 = new EC2Client(settings);
  const iam = new IAMClient(settings);
  await ecs.send(new CreateClusterCommand({}));
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  const trusting = (service: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
    });
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: "infrastructure",
      AssumeRolePolicyDocument: trusting("ecs.amazonaws.com"),
    }),
  );
  await iam.send(
    new AttachRolePolicyCommand({
      RoleName: "infrastructure",
      PolicyArn: "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForManagedInstances",
    }),
  );
  const ecsInstanceRole = "ecsInstanceRole";
  await iam.send(
    new CreateRoleCommand({
      RoleName: ecsInstanceRole,
      AssumeRolePolicyDocument: trusting("ec2.amazonaws.com"),
    }),
  );
  const { InstanceProfile } = await iam.send(
    new CreateInstanceProfileCommand({ InstanceProfileName: ecsInstanceRole }),
  );
  await iam.send(
    new AddRoleToInstanceProfileCommand({
      InstanceProfileName: ecsInstanceRole,
      RoleName: ecsInstanceRole,
    }),
  );
  const subnets = Subnets.map(({ SubnetId = "" }) => SubnetId);
  const infrastructureRole = Role?.Arn ?? "";
  return {
    ...{ account, settings, ecs, ec2, iam, subnets, infrastructureRole },
    async provider(name, more = {}) {
      const { capacityProvider } = await ecs.send(
        new CreateCapacityProviderCommand({
          name,
          cluster: "default",
          managedInstancesProvider: {
            infrastructureRoleArn: infrastructureRole,
            instanceLaunchTemplate: {
              ec2InstanceProfileArn: InstanceProfile?.Arn,
              networkConfiguration: { subnets: subnets.slice(0, 1) },
            },
            infrastructureOptimization: { scaleInAfter: 0 },
            ...more,
          },
        }),
      );
      return capacityProvider?.capacityProviderArn ?? "";
    },
    async register(more = {}) {
      await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: "web",
          networkMode: "awsvpc",
          requiresCompatibilities: ["MANAGED_INSTANCES"],
          cpu: "256",
          memory: "512",
          containerDefinitions: [{ name: "main", image: "web:1", essential: true }],
          ...more,
        }),
      );
    },
    async tasks(query = {}) {
      const { taskArns = [] } = await ecs.send(new ListTasksCommand(query));
      if (taskArns.length === 0) return [];
      return (await ecs.send(new DescribeTasksCommand({ tasks: taskArns }))).tasks ?? [];
    },
    async instances() {
      const { containerInstanceArns = [] } = await ecs.send(new ListContainerInstancesCommand({}));
      if (containerInstanceArns.length === 0) return [];
      const { containerInstances = [] } = await ecs.send(
        new DescribeContainerInstancesCommand({ containerInstances: containerInstanceArns }),
      );
      return containerInstances;
    },
    close() {
      for (const client of [ecs, ec2, iam]) client.destroy();
    },
  };
}
