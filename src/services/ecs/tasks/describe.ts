import type * as ecs from "@aws-sdk/client-ecs";
import type { Tag } from "../../../kernel/tags.ts";
import { clusterArn, containerInstanceArn } from "../arn.ts";
import { managedAgents } from "../exec/exec-agent.ts";
import { healthOf, type Task, type TaskAttachment, type TaskContainer } from "./task.ts";

/** AWS: the type of a task's interface, which events call `eni`. */
const attachmentType = "ElasticNetworkInterface";

/** The platform that `LATEST` means (Developer Guide, "Fargate platform versions for Linux"). */
export const latestPlatform = "1.4.0";

/** A task as DescribeTasks and RunTask answer it. @param tags left out when nobody asked for them. */
export function describeTask(task: Task, tags: readonly Tag[] = []): ecs.Task {
  const { document } = task;
  const health = healthOf(task);
  return {
    ...common(task),
    attachments: document.attachment === undefined ? [] : [attachmentOf(document.attachment, attachmentType)],
    containers: document.containers.map((container) => ({
      ...containerOf(task, container, (time) => new Date(time)),
      ...(task.lastStatus === "PROVISIONING" && document.attachment?.made === undefined
        ? {}
        : { healthStatus: container.health ?? "UNKNOWN" }),
    })),
    createdAt: new Date(task.createdAt),
    ...times(task, (time) => new Date(time)),
    ...(document.attachment === undefined || document.attachment.made !== undefined
      ? { healthStatus: health }
      : {}),
    ...(task.launchType === "FARGATE"
      ? {
          platformFamily: "Linux",
          fargateEphemeralStorage: { sizeInGiB: document.ephemeralStorageGiB ?? 20 },
        }
      : {}),
    ...(document.connectivityAt !== undefined && { connectivity: "CONNECTED" as const }),
    overrides: { inferenceAcceleratorOverrides: [], ...overridesOf(task) },
    tags: tags.map(({ key, value }) => ({ key, value })),
  };
}

/**
 * The detail of an `ECS Task State Change` event. AWS: times are ISO texts, the interface's type is `eni`, and health,
 * tags, platform family, Fargate's storage and bindings that are none are left out (captured).
 */
export function taskEventDetail(task: Task): Readonly<Record<string, unknown>> {
  const { document } = task;
  const iso = (time: number) => new Date(time).toISOString();
  return {
    ...common(task),
    attachments: document.attachment === undefined ? [] : [attachmentOf(document.attachment, "eni")],
    containers: document.containers.map((container) => withoutEmpty(containerOf(task, container, iso))),
    createdAt: iso(task.createdAt),
    ...times(task, iso),
    ...(document.connectivityAt !== undefined && { connectivity: "CONNECTED" }),
    overrides: overridesOf(task),
    updatedAt: iso(document.updatedAt),
  };
}

function withoutEmpty<T extends { readonly networkBindings?: readonly unknown[] }>(container: T) {
  const { networkBindings, ...rest } = container;
  return networkBindings?.length ? { ...rest, networkBindings } : rest;
}

/** What answers and events say alike. */
function common(task: Task) {
  const { document } = task;
  return {
    attributes: [{ name: "ecs.cpu-architecture", value: document.cpuArchitecture }],
    ...(document.availabilityZone !== undefined && { availabilityZone: document.availabilityZone }),
    ...(document.capacityProvider !== undefined && { capacityProviderName: document.capacityProvider }),
    clusterArn: clusterArn(task) as string,
    ...(task.containerInstance !== undefined && {
      containerInstanceArn: containerInstanceArn({ ...task, id: task.containerInstance }) as string,
    }),
    ...(document.cpu !== undefined && { cpu: document.cpu }),
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: document.enableExecuteCommand,
    ...(document.ephemeralStorageGiB !== undefined && {
      ephemeralStorage: { sizeInGiB: document.ephemeralStorageGiB },
    }),
    group: task.group,
    lastStatus: task.lastStatus,
    launchType: task.launchType,
    ...(document.memory !== undefined && { memory: document.memory }),
    ...(document.platformVersion !== undefined && { platformVersion: document.platformVersion }),
    ...(task.startedBy !== undefined && { startedBy: task.startedBy }),
    ...(document.stopCode !== undefined && { stopCode: document.stopCode }),
    ...(document.stoppedReason !== undefined && { stoppedReason: document.stoppedReason }),
    taskArn: task.arn as string,
    taskDefinitionArn: document.taskDefinitionArn,
    version: task.version,
  };
}

const timeNames = [
  "connectivityAt",
  "pullStartedAt",
  "pullStoppedAt",
  "startedAt",
  "stoppingAt",
  "executionStoppedAt",
] as const;

function times<T>(task: Task, show: (time: number) => T): Partial<Record<string, T>> {
  const shown: Record<string, T> = {};
  for (const name of timeNames) {
    const time = task.document[name];
    if (time !== undefined) shown[name] = show(time);
  }
  if (task.stoppedAt !== undefined) shown.stoppedAt = show(task.stoppedAt);
  return shown;
}

/** AWS: every container is named among the overrides, also when nothing of it was overridden (captured). */
function overridesOf(task: Task): ecs.TaskOverride & { containerOverrides: ecs.ContainerOverride[] } {
  const { overrides, containers } = task.document;
  const given = new Map((overrides.containerOverrides ?? []).map((one) => [one.name, one]));
  return {
    ...overrides,
    containerOverrides: containers.map(({ name }) => given.get(name) ?? { name }),
  };
}

/** @param show how times are shown. */
function containerOf<T>(task: Task, container: TaskContainer, show: (time: number) => T) {
  const { attachment } = task.document;
  const made = attachment?.made;
  return {
    containerArn: container.arn,
    taskArn: task.arn,
    name: container.name,
    image: container.image,
    ...(container.imageDigest !== undefined && { imageDigest: container.imageDigest }),
    ...(container.runtimeId !== undefined && { runtimeId: container.runtimeId }),
    lastStatus: container.status,
    ...(container.exitCode !== undefined && { exitCode: container.exitCode }),
    ...(container.reason !== undefined && { reason: container.reason }),
    ...(container.networkBindings !== undefined && { networkBindings: [...container.networkBindings] }),
    networkInterfaces:
      attachment === undefined || made === undefined
        ? []
        : [{ attachmentId: attachment.id, privateIpv4Address: made.privateIpv4Address }],
    ...(container.execAgent !== undefined && {
      managedAgents: managedAgents(container.execAgent, show),
    }),
    cpu: String(container.cpu),
    ...(container.memory !== undefined && { memory: String(container.memory) }),
    ...(container.memoryReservation !== undefined && {
      memoryReservation: String(container.memoryReservation),
    }),
  };
}

function attachmentOf(attachment: TaskAttachment, type: string): ecs.Attachment {
  const { made } = attachment;
  const details = [{ name: "subnetId", value: attachment.subnetId }];
  if (made !== undefined) {
    details.push(
      { name: "networkInterfaceId", value: made.networkInterfaceId },
      { name: "macAddress", value: made.macAddress },
      ...(made.privateDnsName ? [{ name: "privateDnsName", value: made.privateDnsName }] : []),
      { name: "privateIPv4Address", value: made.privateIpv4Address },
    );
  }
  return { id: attachment.id, type, status: attachment.status, details };
}
