import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import type { Task, TaskContainer, TaskDocument } from "./task.ts";

/** A task with one container and an interface, for tests of what is pure. */
export function sampleTask(
  columns: Partial<Task> = {},
  container: Partial<TaskContainer> = {},
  document: Partial<TaskDocument> = {},
): Task {
  return {
    account: "000000000000" as AccountId,
    region: "us-east-1" as Region,
    cluster: "default",
    id: "0".repeat(32),
    arn: `arn:aws:ecs:us-east-1:000000000000:task/default/${"0".repeat(32)}` as Arn,
    family: "web",
    revision: 1,
    group: "family:web",
    launchType: "FARGATE",
    desiredStatus: "RUNNING",
    lastStatus: "PROVISIONING",
    createdAt: 0,
    version: 1,
    ...columns,
    document: {
      taskDefinitionArn: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:1",
      networkMode: "awsvpc",
      cpuArchitecture: "x86_64",
      enableExecuteCommand: false,
      overrides: {},
      containers: [
        {
          arn: "container",
          name: "main",
          image: "web:1",
          essential: true,
          healthChecked: false,
          cpu: 0,
          status: "PENDING",
          ...container,
        },
      ],
      attachment: {
        id: "attachment",
        status: "ATTACHED",
        subnetId: "subnet-1",
        securityGroups: [],
        assignPublicIp: false,
        made: {
          networkInterfaceId: "eni-1",
          attachmentId: "eni-attach-1",
          macAddress: "02:00:00:00:00:01",
          privateIpv4Address: "172.31.0.10",
          availabilityZone: "us-east-1a",
          vpcId: "vpc-1",
          vpcCidr: "172.31.0.0/16",
          subnetCidr: "172.31.0.0/20",
          securityGroups: ["sg-1"],
        },
      },
      updatedAt: 0,
      ...document,
    },
  };
}
