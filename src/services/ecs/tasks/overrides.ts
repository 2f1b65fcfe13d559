import type * as ecs from "@aws-sdk/client-ecs";
import { invalidParameter } from "../faults.ts";
import type { RegisteredContainer, TaskDefinitionDocument } from "../task-definitions/task-definition.ts";

/** A definition after the overrides of RunTask or StartTask: what a task really runs. */
export interface OverriddenDefinition {
  readonly containers: readonly RegisteredContainer[];
  /** As text, as the API has them: CPU units and MiB. */
  readonly cpu?: string;
  readonly memory?: string;
  readonly ephemeralStorageGiB?: number;
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
}

/** Applies overrides: lists of environment and files add to those of the container, everything else replaces. */
export function applyOverrides(
  definition: TaskDefinitionDocument,
  overrides: ecs.TaskOverride = {},
): OverriddenDefinition {
  const byName = new Map((overrides.containerOverrides ?? []).map((one) => [one.name, one]));
  return {
    containers: definition.containerDefinitions.map((container) =>
      applyToContainer(container, byName.get(container.name)),
    ),
    cpu: overrides.cpu ?? definition.cpu,
    memory: overrides.memory ?? definition.memory,
    ephemeralStorageGiB: overrides.ephemeralStorage?.sizeInGiB ?? definition.ephemeralStorage?.sizeInGiB,
    taskRoleArn: overrides.taskRoleArn ?? definition.taskRoleArn,
    executionRoleArn: overrides.executionRoleArn ?? definition.executionRoleArn,
  };
}

function applyToContainer(
  container: RegisteredContainer,
  override: ecs.ContainerOverride | undefined,
): RegisteredContainer {
  if (override === undefined) return container;
  const { command, cpu, memory, memoryReservation, environment, environmentFiles, resourceRequirements } =
    override;
  return {
    ...container,
    ...(command !== undefined && { command }),
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory }),
    ...(memoryReservation !== undefined && { memoryReservation }),
    ...(resourceRequirements !== undefined && { resourceRequirements }),
    ...(environment !== undefined && { environment: mergeNamed(container.environment ?? [], environment) }),
    ...(environmentFiles !== undefined && {
      environmentFiles: [...(container.environmentFiles ?? []), ...environmentFiles],
    }),
  };
}

function mergeNamed(have: readonly ecs.KeyValuePair[], add: readonly ecs.KeyValuePair[]): ecs.KeyValuePair[] {
  const merged = new Map(have.map((pair) => [pair.name, pair]));
  for (const pair of add) merged.set(pair.name, pair);
  return [...merged.values()];
}

/** AWS: overrides may be 8,192 characters long as JSON (API Reference, RunTask). */
const longestOverrides = 8192;

/** Throws `InvalidParameterException` for overrides of containers that the definition has not; the texts are ours. */
export function checkOverrides(definition: TaskDefinitionDocument, overrides: ecs.TaskOverride = {}): void {
  if (JSON.stringify(overrides).length > longestOverrides) {
    throw invalidParameter(`Container Overrides length must be at most ${longestOverrides}`);
  }
  const names = new Set(definition.containerDefinitions.map(({ name }) => name));
  for (const { name } of overrides.containerOverrides ?? []) {
    if (name === undefined || name === "") {
      throw invalidParameter("Container name in containerOverrides should not be null or empty.");
    }
    if (!names.has(name)) {
      throw invalidParameter(
        `Override for container named ${name} is not a container in the TaskDefinition.`,
      );
    }
  }
}
