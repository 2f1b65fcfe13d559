/** What RegisterTaskDefinition takes (Amazon ECS API Reference, "RegisterTaskDefinition"). */
const members: ReadonlySet<string> = new Set([
  ...["family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "volumes"],
  ...["placementConstraints", "requiresCompatibilities", "cpu", "memory", "tags", "pidMode", "ipcMode"],
  ...["proxyConfiguration", "inferenceAccelerators", "ephemeralStorage", "runtimePlatform"],
  "enableFaultInjection",
]);

/** What DescribeTaskDefinition answers beside those, and is not sent. */
const answered: ReadonlySet<string> = new Set([
  ...["taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt"],
  ...["registeredBy", "deregisteredAt", "deleteRequestedAt"],
]);

/** A finding, and what of the text it is about. */
export interface DefinitionFinding {
  readonly level: "error" | "warning";
  readonly message: string;
  /** A piece of the text by which its line is found. */
  readonly near?: string;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What is wrong with a task definition before it is sent; Roadstead says the rest. */
export function definitionFindings(definition: unknown): readonly DefinitionFinding[] {
  if (!isObject(definition)) return [{ level: "error", message: "A task definition is a JSON object." }];
  const findings: DefinitionFinding[] = [];
  const error = (message: string, near?: string): void =>
    void findings.push({ level: "error", message, near });
  for (const name of Object.keys(definition)) {
    if (answered.has(name)) {
      findings.push({
        level: "warning",
        message: `${name} is ECS's to say; it is not sent.`,
        near: `"${name}"`,
      });
    } else if (!members.has(name)) error(`${name} is no member of a task definition.`, `"${name}"`);
  }
  const { family, containerDefinitions: containers } = definition;
  if (typeof family !== "string" || !/^[\w-]{1,255}$/.test(family)) {
    error("family: 1 to 255 letters, digits, hyphens and underscores.", '"family"');
  }
  if (!Array.isArray(containers) || containers.length === 0) {
    error("containerDefinitions: at least one container.", '"containerDefinitions"');
    return findings;
  }
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const { name, image } = isObject(container) ? container : {};
    if (typeof name !== "string" || name === "") error(`containerDefinitions[${index}].name is missing.`);
    else if (names.has(name)) error(`Two containers are called ${name}.`, `"${name}"`);
    else names.add(name);
    if (typeof image !== "string" || image === "") error(`containerDefinitions[${index}].image is missing.`);
  }
  if (containers.every((one) => isObject(one) && one.essential === false)) {
    error("At least one container must be essential.", '"essential"');
  }
  const { requiresCompatibilities: launch, networkMode, cpu, memory } = definition;
  if (Array.isArray(launch) && launch.includes("FARGATE")) {
    if (networkMode !== "awsvpc") error("Fargate needs networkMode awsvpc.", '"requiresCompatibilities"');
    if (cpu === undefined || memory === undefined) {
      error("Fargate needs cpu and memory of the task.", '"requiresCompatibilities"');
    }
  }
  return findings;
}

/** What is sent of a definition: without what only ECS says. */
export function sentOf(definition: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(definition).filter(([name]) => !answered.has(name)));
}
