import type * as ecs from "@aws-sdk/client-ecs";
import { readEcrImage } from "../../../runtime/resources/ecr-image.ts";
import { clientFault } from "../faults.ts";
import type { CompleteDefinition } from "./complete.ts";
import type { RegisteredContainer } from "./task-definition.ts";
import { isFargateSize } from "./task-size.ts";

/** AWS answers compatibilities in this order. */
const all: readonly ecs.Compatibility[] = ["EXTERNAL", "EC2", "FARGATE", "MANAGED_INSTANCES"];

/** Why a definition cannot run on a kind of capacity; nothing when it can. */
type Obstacle = (definition: CompleteDefinition) => string | undefined;

const fargateLogDrivers: ReadonlySet<string> = new Set(["awslogs", "splunk", "awsfirelens"]);
/** Seconds (API Reference, "ContainerDefinition"). */
const longestFargateStop = 120;

/** Developer Guide, "Task definition differences for Fargate". The words are AWS's where they are quoted elsewhere. */
const fargate: readonly Obstacle[] = [
  ({ networkMode }) => {
    if (networkMode !== "awsvpc") return "Fargate only supports network mode ‘awsvpc’.";
    return undefined;
  },
  ({ cpu }) => (cpu ? undefined : "Fargate requires that 'cpu' be defined at the task level."),
  ({ memory }) => (memory ? undefined : "Fargate requires that 'memory' be defined at the task level."),
  ({ cpu, memory }) =>
    isFargateSize(Number(cpu), Number(memory))
      ? undefined
      : `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`,
  ({ pidMode }) =>
    pidMode === undefined || pidMode === "task"
      ? undefined
      : `Tasks using the Fargate launch type do not support pidMode '${pidMode}'. The supported value for pidMode is 'task'.`,
  ({ ipcMode }) => ipcMode && notOnFargate("ipcMode"),
  ({ placementConstraints }) =>
    placementConstraints.length > 0 ? notOnFargate("placementConstraints") : undefined,
  ({ volumes }) =>
    volumes.some(({ host }) => host?.sourcePath !== undefined)
      ? "Fargate compatible task definitions do not support sourcePath"
      : undefined,
  ({ volumes }) =>
    volumes.some((volume) => volume.dockerVolumeConfiguration !== undefined)
      ? notOnFargate("dockerVolumeConfiguration")
      : undefined,
  ({ executionRoleArn, containerDefinitions }) =>
    !executionRoleArn && containerDefinitions.some(({ image }) => readEcrImage(image) !== undefined)
      ? "Fargate requires task definition to have execution role ARN to support ECR images."
      : undefined,
  ({ executionRoleArn, containerDefinitions }) =>
    !executionRoleArn && containerDefinitions.some((one) => one.logConfiguration?.logDriver === "awslogs")
      ? "Fargate requires task definition to have execution role ARN to support log driver awslogs."
      : undefined,
  ({ containerDefinitions }) => {
    for (const container of containerDefinitions) {
      const member = notForFargate(container);
      if (member !== undefined) return notOnFargate(member);
    }
    return undefined;
  },
];

/** The member of a container that Fargate does not know, if there is one. */
function notForFargate(container: RegisteredContainer): string | undefined {
  const { logConfiguration, stopTimeout, linuxParameters: linux = {} } = container;
  if (container.privileged === true) return "privileged";
  if (container.disableNetworking === true) return "disableNetworking";
  if ((container.dockerSecurityOptions ?? []).length > 0) return "dockerSecurityOptions";
  if ((container.resourceRequirements ?? []).length > 0) return "resourceRequirements";
  if ((linux.devices ?? []).length > 0) return "linuxParameters.devices";
  if (linux.sharedMemorySize !== undefined) return "linuxParameters.sharedMemorySize";
  if (linux.maxSwap !== undefined) return "linuxParameters.maxSwap";
  if (linux.swappiness !== undefined) return "linuxParameters.swappiness";
  // AWS: the one capability that can be added.
  const added = (linux.capabilities?.add ?? []).find((one) => one !== "SYS_PTRACE");
  if (added !== undefined) return `linuxParameters.capabilities.add ${added}`;
  if (logConfiguration !== undefined && !fargateLogDrivers.has(logConfiguration.logDriver ?? "")) {
    return `log driver ${logConfiguration.logDriver}`;
  }
  // Ours: the engine of this machine takes options for its log drivers, and no secrets.
  if ((logConfiguration?.secretOptions ?? []).length > 0) return "logConfiguration.secretOptions";
  if ((stopTimeout ?? 0) > longestFargateStop) return `stopTimeout above ${longestFargateStop}`;
  return undefined;
}

const notOnFargate = (member: string) => `Fargate compatible task definitions do not support ${member}`;

const onlyFargate: Obstacle = ({ ephemeralStorage }) =>
  ephemeralStorage && "ephemeralStorage is only supported by Fargate compatible task definitions.";

const obstacles: Readonly<Record<string, readonly Obstacle[]>> = {
  EC2: [],
  EXTERNAL: [
    ({ networkMode }) =>
      networkMode === "awsvpc"
        ? "External compatible task definitions do not support network mode 'awsvpc'."
        : undefined,
    onlyFargate,
  ],
  FARGATE: fargate,
  MANAGED_INSTANCES: [
    ({ networkMode }) =>
      networkMode === "awsvpc" || networkMode === "host"
        ? undefined
        : "Managed Instances only support network modes 'awsvpc' and 'host'.",
  ],
};

/**
 * Where a definition can run. Throws `ClientException` when it asks for what cannot be: what it does not ask for is
 * left out in silence, as AWS does.
 */
export function compatibilitiesOf(definition: CompleteDefinition): ecs.Compatibility[] {
  const obstacle = (kind: ecs.Compatibility) => {
    for (const one of obstacles[kind] ?? []) {
      const told = one(definition);
      if (told !== undefined) return told;
    }
    return undefined;
  };
  for (const kind of definition.requiresCompatibilities ?? []) {
    const told = obstacle(kind);
    if (told !== undefined) throw clientFault(told);
  }
  return all.filter((kind) => obstacle(kind) === undefined);
}
