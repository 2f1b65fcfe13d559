import type { Attribute } from "@aws-sdk/client-ecs";

/** AWS: capabilities that tasks may ask for, as the Amazon ECS agent names them; those that this agent has. */
const capabilities: readonly string[] = [
  ...[17, 18, 19, 20, 21, 22, 23, 24, 25, 28, 29, 30, 32].map(
    (minor) => `com.amazonaws.ecs.capability.docker-remote-api.1.${minor}`,
  ),
  "com.amazonaws.ecs.capability.privileged-container",
  "com.amazonaws.ecs.capability.logging-driver.json-file",
  "com.amazonaws.ecs.capability.logging-driver.awslogs",
  "com.amazonaws.ecs.capability.logging-driver.none",
  "com.amazonaws.ecs.capability.task-iam-role",
  "com.amazonaws.ecs.capability.task-iam-role-network-host",
  "com.amazonaws.ecs.capability.ecr-auth",
  "ecs.capability.execution-role-ecr-pull",
  "ecs.capability.execution-role-awslogs",
  "ecs.capability.private-registry-authentication.secretsmanager",
  "ecs.capability.secrets.ssm.environment-variables",
  "ecs.capability.secrets.asm.environment-variables",
  "ecs.capability.container-ordering",
  "ecs.capability.container-health-check",
  "ecs.capability.container-restart-policy",
  "ecs.capability.execute-command",
  "ecs.capability.full-sync",
  "ecs.capability.docker-plugin.local",
  "ecs.capability.task-cpu-mem-limit",
];

/** All attributes that an agent registers with: what it can do, what its host is, and what it was told. */
export function attributesOf({
  external,
  attributes,
}: {
  readonly external: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}): Attribute[] {
  const own = [...capabilities, ...(external ? ["ecs.capability.external"] : [])];
  const told = {
    "ecs.os-type": "linux",
    "ecs.os-family": "LINUX",
    "ecs.cpu-architecture": process.arch === "arm64" ? "arm64" : "x86_64",
    ...attributes,
  };
  return [
    ...own.map((name) => ({ name })),
    ...Object.entries(told).map(([name, value]) => ({ name, value })),
  ];
}
