import type * as ecs from "@aws-sdk/client-ecs";
import { formatArn } from "../../../kernel/arn.ts";
import type { Scope } from "../arn.ts";
import type { RegisteredContainer, TaskDefinitionInput } from "./task-definition.ts";
import { readCpu, readMemory } from "./task-size.ts";

/** A definition with AWS's defaults filled in, before ECS has judged it: what all checks look at. */
export type CompleteDefinition = Omit<
  TaskDefinitionInput,
  "tags" | "containerDefinitions" | "volumes" | "placementConstraints"
> & {
  readonly networkMode: ecs.NetworkMode;
  readonly containerDefinitions: RegisteredContainer[];
  readonly volumes: ecs.Volume[];
  readonly placementConstraints: ecs.TaskDefinitionPlacementConstraint[];
};

/**
 * Fills in what AWS answers for members that were left out (seen in recorded answers), turns sizes such as `1 vCPU`
 * into numbers, and completes the short names of roles. Everything else stays as it was sent. Throws `ClientException`.
 */
export function complete(scope: Scope, { tags: _, ...input }: TaskDefinitionInput): CompleteDefinition {
  const networkMode = input.networkMode ?? "bridge";
  return {
    ...input,
    ...(input.cpu && { cpu: String(readCpu(input.cpu)) }),
    ...(input.memory && { memory: String(readMemory(input.memory)) }),
    ...(input.taskRoleArn && { taskRoleArn: roleArn(scope, input.taskRoleArn) }),
    ...(input.executionRoleArn && { executionRoleArn: roleArn(scope, input.executionRoleArn) }),
    networkMode,
    volumes: (input.volumes ?? []).map(completeVolume),
    placementConstraints: input.placementConstraints ?? [],
    containerDefinitions: input.containerDefinitions.map((container) =>
      completeContainer(container, networkMode),
    ),
  };
}

/** API Reference: a role is named by its short name or its ARN. */
export function roleArn(scope: Scope, named: string): string {
  return named.startsWith("arn:") ? named : formatArn("iam", "", scope.account, `role/${named}`);
}

function completeContainer(
  container: TaskDefinitionInput["containerDefinitions"][number],
  networkMode: ecs.NetworkMode,
): RegisteredContainer {
  const { healthCheck } = container;
  return {
    ...container,
    name: container.name ?? "",
    image: container.image ?? "",
    cpu: container.cpu ?? 0,
    portMappings: (container.portMappings ?? []).map((port) => completePort(port, networkMode)),
    essential: container.essential ?? true,
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
    // AWS: Describe answers these also when they were not sent (github.com/eagletmt/hako, pull request 56).
    ...(healthCheck && { healthCheck: { interval: 30, timeout: 5, retries: 3, ...defined(healthCheck) } }),
  };
}

/** AWS: with interfaces of their own, or the host's, containers have the host port that is their own. */
function completePort(port: ecs.PortMapping, networkMode: ecs.NetworkMode): ecs.PortMapping {
  const protocol = port.protocol ?? "tcp";
  if (port.containerPortRange !== undefined) return { ...port, protocol };
  const own = networkMode === "awsvpc" || networkMode === "host";
  const hostPort = own ? port.hostPort || port.containerPort : (port.hostPort ?? 0);
  return { ...port, hostPort, protocol };
}

function completeVolume(volume: ecs.Volume): ecs.Volume {
  const { efsVolumeConfiguration: efs, ...rest } = volume;
  if (efs !== undefined) return { ...rest, efsVolumeConfiguration: { rootDirectory: "/", ...defined(efs) } };
  const bound =
    volume.host ??
    volume.dockerVolumeConfiguration ??
    volume.fsxWindowsFileServerVolumeConfiguration ??
    volume.s3filesVolumeConfiguration;
  return bound === undefined && volume.configuredAtLaunch !== true ? { ...volume, host: {} } : volume;
}

/** Without the members that are `undefined`, which would hide a default. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
