import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  type RunTaskCommandInput,
  type Task,
} from "@aws-sdk/client-ecs";
import type { ClientSettings, TestRoadstead } from "../../../../test/support/roadstead.ts";

/** An account of its own with a default cluster, the default VPC, and a definition `web` for Fargate. */
export interface TaskWorld {
  readonly account: string;
  readonly settings: ClientSettings;
  readonly ecs: ECSClient;
  readonly ec2: EC2Client;
  readonly subnets: readonly string[];
  register(more?: Partial<RegisterTaskDefinitionCommandInput>): Promise<void>;
  /** RunTask of `web` in the first subnet. */
  fargate(more?: Partial<RunTaskCommandInput>): RunTaskCommandInput;
  run(input?: RunTaskCommandInput): Promise<Task>;
  described(taskArn: string | undefined): Promise<Task>;
  /** Waits for a status; a task that never comes to it fails the test by its time limit. */
  reached(taskArn: string | undefined, status: string): Promise<Task>;
}

let accounts = 100_000_000_000;

export async function taskWorld(roadstead: TestRoadstead): Promise<TaskWorld> {
  const account = String(++accounts);
  const settings = roadstead.client(account);
  const ecs = new ECSClient(settings);
  const ec2 = new EC2Client(settings);
  await ecs.send(new CreateClusterCommand({}));
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  const subnets = Subnets.map(({ SubnetId = "" }) => SubnetId);
  const world: TaskWorld = {
    ...{ account, settings, ecs, ec2, subnets },
    async register(more = {}) {
      await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: "web",
          networkMode: "awsvpc",
          requiresCompatibilities: ["FARGATE"],
          cpu: "256",
          memory: "512",
          containerDefinitions: [{ name: "main", image: "web:1", essential: true }],
          ...more,
        }),
      );
    },
    fargate: (more = {}) => ({
      taskDefinition: "web",
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: subnets.slice(0, 1) } },
      ...more,
    }),
    async run(input = world.fargate()) {
      const { tasks } = await ecs.send(new RunTaskCommand(input));
      return tasks?.[0] ?? {};
    },
    async described(taskArn = "") {
      const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }));
      return tasks?.[0] ?? {};
    },
    async reached(taskArn, status) {
      for (;;) {
        const task = await world.described(taskArn);
        if (task.lastStatus === status) return task;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
  await world.register();
  return world;
}
