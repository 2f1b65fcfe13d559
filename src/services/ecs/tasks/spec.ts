import type { Tag } from "../../../kernel/tags.ts";
import type { ContainerSpec, TaskInterface, TaskSpec } from "../../../runtime/task.ts";
import { attachmentArn, clusterArn } from "../arn.ts";
import type { TaskDefinition } from "../task-definitions/task-definition.ts";
import { applyOverrides } from "./overrides.ts";
import type { Task } from "./task.ts";

/** The Availability Zone of a task that has no interface and no instance that would say it. */
const someZone = "a";

/** What a runtime is told of a task. @param definition the revision that the task runs, in any status. */
export function taskSpec(task: Task, { definition, family }: TaskDefinition, tags: readonly Tag[]): TaskSpec {
  const { document } = task;
  const applied = applyOverrides(definition, document.overrides);
  const known = new Map(document.containers.map((container) => [container.name, container]));
  const containers = applied.containers.map((container): ContainerSpec => {
    const { arn = "", pinnedDigest } = known.get(container.name) ?? {};
    return {
      containerArn: arn,
      definition: container,
      ...(pinnedDigest !== undefined && { imageDigest: pinnedDigest }),
    };
  });
  const networkInterface = interfaceOf(task);
  return {
    taskArn: task.arn,
    taskId: task.id,
    account: task.account,
    region: task.region,
    availabilityZone: document.availabilityZone ?? `${task.region}${someZone}`,
    clusterArn: clusterArn(task),
    taskDefinitionArn: document.taskDefinitionArn,
    family,
    revision: task.revision,
    launchType: task.launchType,
    group: task.group,
    ...(task.service !== undefined && { serviceName: task.service }),
    ...(task.startedBy !== undefined && { startedBy: task.startedBy }),
    networkMode: document.networkMode,
    ...(networkInterface !== undefined && { networkInterface }),
    ...(applied.cpu !== undefined && { cpu: Number(applied.cpu) }),
    ...(applied.memory !== undefined && { memory: Number(applied.memory) }),
    ...(definition.pidMode !== undefined && { pidMode: definition.pidMode }),
    ...(definition.ipcMode !== undefined && { ipcMode: definition.ipcMode }),
    volumes: definition.volumes ?? [],
    containers,
    overrides: document.overrides,
    ...(applied.taskRoleArn !== undefined && { taskRoleArn: applied.taskRoleArn }),
    ...(applied.executionRoleArn !== undefined && { executionRoleArn: applied.executionRoleArn }),
    ...(document.credentialsId !== undefined && { credentialsId: document.credentialsId }),
    ...(document.connect !== undefined && { connect: document.connect }),
    enableExecuteCommand: document.enableExecuteCommand,
    tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
  };
}

function interfaceOf(task: Task): TaskInterface | undefined {
  const { attachment } = task.document;
  const made = attachment?.made;
  if (attachment === undefined || made === undefined) return undefined;
  return {
    networkInterfaceId: made.networkInterfaceId,
    attachmentArn: attachmentArn(task, attachment.id),
    macAddress: made.macAddress,
    privateIpv4Address: made.privateIpv4Address,
    privateDnsName: made.privateDnsName ?? "",
    vpcId: made.vpcId,
    vpcCidr: made.vpcCidr,
    subnetId: attachment.subnetId,
    subnetCidr: made.subnetCidr,
    securityGroups: made.securityGroups,
    assignPublicIp: attachment.assignPublicIp,
  };
}
