import { randomBytes } from "node:crypto";
import type { AccountId, Region } from "../kernel/brand.ts";
import type { ContainerSpec, TaskInterface, TaskSpec } from "./task.ts";

/** A container as a runtime is told of it, for tests. */
export function testContainer(over: Partial<ContainerSpec["definition"]> = {}): ContainerSpec {
  return {
    containerArn:
      "arn:aws:ecs:us-east-1:000000000000:container/default/0123456789abcdef0123456789abcdef/5f0d9a0e-0000-4000-8000-000000000001",
    definition: { name: "app", image: "busybox", essential: true, ...over },
  };
}

/** A task as a runtime is told to run it, for tests. */
export function testTask(over: Partial<TaskSpec> = {}): TaskSpec {
  const taskId = over.taskId ?? "0123456789abcdef0123456789abcdef";
  return {
    taskArn: `arn:aws:ecs:us-east-1:000000000000:task/default/${taskId}`,
    taskId,
    account: "000000000000" as AccountId,
    region: "us-east-1" as Region,
    availabilityZone: "us-east-1a",
    clusterArn: "arn:aws:ecs:us-east-1:000000000000:cluster/default",
    taskDefinitionArn: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:3",
    family: "web",
    revision: 3,
    launchType: "FARGATE",
    group: "family:web",
    networkMode: "awsvpc",
    volumes: [],
    containers: [testContainer()],
    overrides: {},
    enableExecuteCommand: false,
    tags: {},
    ...over,
  };
}

/** An interface with an address of 10.`octet`.16.0/20, for tests with an engine. */
export function testInterface(octet: number, vpcId: string, host: number): TaskInterface {
  const digits = randomBytes(9).toString("hex").slice(0, 17);
  return {
    networkInterfaceId: `eni-${digits}`,
    attachmentArn: `arn:aws:ecs:us-east-1:000000000000:attachment/${digits}`,
    macAddress: `0e:${randomBytes(5).toString("hex").match(/../g)?.join(":")}`,
    privateIpv4Address: `10.${octet}.16.${host}`,
    privateDnsName: `ip-10-${octet}-16-${host}.ec2.internal`,
    vpcId,
    vpcCidr: `10.${octet}.0.0/16`,
    subnetId: "subnet-1",
    subnetCidr: `10.${octet}.16.0/20`,
    securityGroups: [],
    assignPublicIp: false,
  };
}
