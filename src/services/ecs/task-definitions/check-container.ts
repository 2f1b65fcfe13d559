import { clientFault } from "../faults.ts";
import { checkHealthCheck } from "./check-health-check.ts";
import { checkLogConfiguration } from "./check-log-configuration.ts";
import { checkSecrets } from "./check-secrets.ts";
import type { CompleteDefinition } from "./complete.ts";
import { invalidContainer } from "./invalid-container.ts";
import type { RegisteredContainer } from "./task-definition.ts";

/** The least memory in MiB that a container can start with (API Reference: Docker 20.10.0 and later). */
const leastMemory = 6;
/** API Reference, "ContainerRestartPolicy": seconds, and exit codes. */
const restartPeriod = { least: 60, most: 1800 };
const mostIgnoredExitCodes = 50;
/** API Reference, "ContainerDefinition": start and stop timeouts below two seconds are refused. */
const leastTimeout = 2;
/** Ours: longer than any task is asked to wait. */
const longestTimeout = 86_400;
/** API Reference, "EnvironmentFile"; Developer Guide, "Pass environment variables". */
const mostEnvironmentFiles = 10;

/** Refuses a container that could not run, whatever the others are. Throws `ClientException`. */
export function checkContainer(container: RegisteredContainer, task: CompleteDefinition): void {
  checkNames(container);
  checkMemory(container, task.memory);
  checkLimits(container);
  checkEnvironment(container);
  checkSecrets(container, task.executionRoleArn);
  checkHealthCheck(container);
  checkLinuxParameters(container);
  checkLogConfiguration(container);
}

function checkNames({ name, image }: RegisteredContainer): void {
  if (name === "") throw clientFault("Container.name should not be null or empty.");
  if (!/^[\w-]{1,255}$/.test(name)) throw clientFault("Container.name contains invalid characters.");
  if (image === "") throw clientFault("Container.image should not be null or empty.");
  const [repository = "", digest] = image.split("@");
  // AWS: github.com/hashicorp/terraform-provider-aws, issue 22629. A digest does not count.
  if (repository.length > 255) throw clientFault("Container.image should be 255 characters or less");
  if (
    !/^[\w:./#-]+$/.test(repository) ||
    (digest !== undefined && !/^sha256:[0-9a-fA-F]{64}$/.test(digest))
  ) {
    throw clientFault("Container.image contains invalid characters.");
  }
}

function checkMemory(
  { name, memory, memoryReservation, cpu }: RegisteredContainer,
  taskMemory: string | undefined,
): void {
  if (cpu < 0) throw invalidContainer(name, "'cpu' cannot be negative.");
  for (const [field, value] of Object.entries({ memory, memoryReservation })) {
    if (value !== undefined && value < leastMemory) {
      throw invalidContainer(name, `'${field}' cannot be less than ${leastMemory} MiB.`);
    }
  }
  if (memory === undefined && memoryReservation === undefined && !taskMemory) {
    throw invalidContainer(name, "At least one of 'memory' or 'memoryReservation' must be specified.");
  }
  if (memory !== undefined && memoryReservation !== undefined && memory < memoryReservation) {
    throw invalidContainer(name, "'memory' cannot be less than 'memoryReservation'.");
  }
}

function checkLimits(container: RegisteredContainer): void {
  const { name, startTimeout, stopTimeout, restartPolicy } = container;
  for (const [field, seconds] of Object.entries({ startTimeout, stopTimeout })) {
    if (seconds !== undefined && (seconds < leastTimeout || seconds > longestTimeout)) {
      throw invalidContainer(
        name,
        `'${field}' should be between ${leastTimeout} and ${longestTimeout} seconds.`,
      );
    }
  }
  for (const { name: limit, softLimit, hardLimit } of container.ulimits ?? []) {
    if (limit === undefined || softLimit === undefined || hardLimit === undefined) continue;
    const soft = softLimit === -1 ? Number.POSITIVE_INFINITY : softLimit;
    const hard = hardLimit === -1 ? Number.POSITIVE_INFINITY : hardLimit;
    if (softLimit < -1 || hardLimit < -1 || soft > hard) {
      throw invalidContainer(name, `The soft limit of ulimit '${limit}' cannot be above its hard limit.`);
    }
  }
  if (restartPolicy === undefined) return;
  const { restartAttemptPeriod: period, ignoredExitCodes: ignored = [] } = restartPolicy;
  if (period !== undefined && (period < restartPeriod.least || period > restartPeriod.most)) {
    throw invalidContainer(
      name,
      `'restartAttemptPeriod' should be between ${restartPeriod.least} and ${restartPeriod.most} seconds.`,
    );
  }
  if (ignored.length > mostIgnoredExitCodes) {
    throw invalidContainer(name, `'ignoredExitCodes' can have no more than ${mostIgnoredExitCodes} codes.`);
  }
  if (ignored.some((code) => code < 0 || code > 255)) {
    throw invalidContainer(name, "'ignoredExitCodes' should be between 0 and 255.");
  }
}

function checkEnvironment({ name, environment, environmentFiles }: RegisteredContainer): void {
  if ((environment ?? []).some((one) => one.name === undefined || one.name === "")) {
    throw invalidContainer(name, "Environment variable name should not be null or empty.");
  }
  if ((environmentFiles ?? []).length > mostEnvironmentFiles) {
    throw invalidContainer(name, `'environmentFiles' can have no more than ${mostEnvironmentFiles} files.`);
  }
  for (const { value } of environmentFiles ?? []) {
    if (!/^arn:aws[\w-]*:s3:::[^/]+\/.+/.test(value ?? "")) throw clientFault("Invalid arn syntax.");
    if (!value?.endsWith(".env")) {
      throw invalidContainer(name, "Environment files must have the extension '.env'.");
    }
  }
}

function checkLinuxParameters({ name, linuxParameters: linux }: RegisteredContainer): void {
  if (linux === undefined) return;
  const { swappiness, maxSwap, sharedMemorySize, tmpfs = [], devices = [] } = linux;
  if (swappiness !== undefined && (swappiness < 0 || swappiness > 100)) {
    throw invalidContainer(name, "'swappiness' should be between 0 and 100.");
  }
  if (maxSwap !== undefined && maxSwap < 0) throw invalidContainer(name, "'maxSwap' cannot be negative.");
  if (sharedMemorySize !== undefined && sharedMemorySize < 1) {
    throw invalidContainer(name, "'sharedMemorySize' should be at least 1 MiB.");
  }
  for (const { containerPath, size } of tmpfs) {
    if (!containerPath?.startsWith("/")) {
      throw invalidContainer(name, "The 'containerPath' of a tmpfs must be absolute.");
    }
    if ((size ?? 0) < 1) throw invalidContainer(name, "The 'size' of a tmpfs should be at least 1 MiB.");
  }
  for (const { hostPath, containerPath } of devices) {
    if (!hostPath?.startsWith("/") || (containerPath !== undefined && !containerPath.startsWith("/"))) {
      throw invalidContainer(name, "The paths of a device must be absolute.");
    }
  }
}
