import type { Scope } from "../arn.ts";
import { clientFault } from "../faults.ts";
import { checkContainer } from "./check-container.ts";
import { checkDependencies } from "./check-dependencies.ts";
import { checkLogRouter } from "./check-log-router.ts";
import { checkPorts } from "./check-ports.ts";
import { checkVolumes } from "./check-volumes.ts";
import type { CompleteDefinition } from "./complete.ts";
import { refuseTheImpossible } from "./not-honoured.ts";

/** AWS: a definition may have ten containers (Developer Guide, "Amazon ECS service quotas"). */
const mostContainers = 10;
/** AWS: the size of a definition as JSON, in bytes (github.com/awsdocs/amazon-ecs-developer-guide, pull request 149). */
const mostBytes = 65_536;
/** API Reference, "RegisterTaskDefinition". */
const mostConstraints = 10;
const longestExpression = 2000;

/**
 * Refuses a definition that no host could run. Throws `ClientException`; where the words are AWS's, they were seen in
 * its answers, and the others follow AWS's pattern "Invalid setting for container 'x'. …".
 */
export function checkTask(scope: Scope, definition: CompleteDefinition): void {
  const { family, containerDefinitions: containers } = definition;
  if (family === "") throw clientFault("Family should not be null or empty.");
  if (!/^[\w-]{1,255}$/.test(family)) throw clientFault("Family contains invalid characters.");
  if (containers.length === 0) throw clientFault("Container list cannot be empty.");
  if (containers.length > mostContainers) throw clientFault("Too many containers.");
  for (const role of [definition.taskRoleArn, definition.executionRoleArn]) checkRole(role, scope);
  for (const container of containers) checkContainer(container, definition);
  const names = containers.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw clientFault(`Container name '${twice}' is used more than once.`);
  if (!containers.some(({ essential }) => essential)) {
    throw clientFault("Task definition doesn't have any essential container.");
  }
  checkSizes(definition);
  checkPorts(definition);
  checkVolumes(definition);
  checkDependencies(containers);
  checkLogRouter(containers);
  checkConstraints(definition);
  checkStorage(definition);
  refuseTheImpossible(definition);
  const length = Buffer.byteLength(JSON.stringify(definition));
  if (length > mostBytes) {
    throw clientFault(`Actual length: '${length}'. Max allowed length is '${mostBytes}' bytes.`);
  }
}

/** AWS: a name that cannot be a role's is told without saying which. Roles are passed within an account only. */
function checkRole(arn: string | undefined, { account }: Scope): void {
  if (arn === undefined || arn === "") return;
  const [, owner] = /^arn:aws[\w-]*:iam::(\d{12}):role\/[\w+=,.@/-]{1,512}$/.exec(arn) ?? [];
  if (owner === undefined) throw clientFault("Role is not valid");
  if (owner !== account) throw clientFault("Cross-account pass role is not allowed.");
}

function checkSizes({ cpu, memory, containerDefinitions: containers }: CompleteDefinition): void {
  const sum = (of: readonly (number | undefined)[]) => of.reduce<number>((all, one) => all + (one ?? 0), 0);
  if (cpu !== undefined && cpu !== "" && sum(containers.map((one) => one.cpu)) > Number(cpu)) {
    throw clientFault(
      "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
    );
  }
  if (memory === undefined || memory === "") return;
  const reserved = containers.map((one) => one.memoryReservation ?? one.memory);
  if (sum(reserved) > Number(memory)) {
    throw clientFault(
      "The sum of all container memory reservations cannot be greater than the value of the task 'memory'.",
    );
  }
  const greedy = containers.find((one) => (one.memory ?? 0) > Number(memory));
  if (greedy !== undefined) {
    throw clientFault(
      `Invalid setting for container '${greedy.name}'. 'memory' cannot be greater than the value of the task 'memory'.`,
    );
  }
}

function checkConstraints({ placementConstraints }: CompleteDefinition): void {
  if (placementConstraints.length > mostConstraints) {
    throw clientFault(`A task definition can have no more than ${mostConstraints} placement constraints.`);
  }
  for (const { type, expression } of placementConstraints) {
    if (type !== "memberOf") throw clientFault("placementConstraints.type should be one of [memberOf]");
    if (expression === undefined || expression.trim() === "") {
      throw clientFault("placementConstraints.expression should not be null or empty.");
    }
    if (expression.length > longestExpression) {
      throw clientFault(`placementConstraints.expression should be ${longestExpression} characters or less.`);
    }
  }
}

/** API Reference, "EphemeralStorage". */
function checkStorage({ ephemeralStorage }: CompleteDefinition): void {
  if (ephemeralStorage === undefined) return;
  const { sizeInGiB } = ephemeralStorage;
  if (!(sizeInGiB >= 21 && sizeInGiB <= 200)) {
    throw clientFault("ephemeralStorage.sizeInGiB should be between 21 and 200.");
  }
}
