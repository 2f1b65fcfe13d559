import type * as ecs from "@aws-sdk/client-ecs";
import { readEcrImage } from "../../../runtime/resources/ecr-image.ts";
import { secretSource } from "./check-secrets.ts";
import type { CompleteDefinition } from "./complete.ts";
import type { RegisteredContainer } from "./task-definition.ts";

const capability = (name: string) => `com.amazonaws.ecs.capability.${name}`;
const docker = (version: string) => capability(`docker-remote-api.${version}`);
const newer = (name: string) => `ecs.capability.${name}`;

/** An attribute and when a container asks for it. */
type Need = readonly [attributes: readonly string[], when: (container: RegisteredContainer) => boolean];

/** Developer Guide, "Amazon ECS container agent capabilities": what a container needs of its host. */
const needs: readonly Need[] = [
  [[capability("privileged-container")], ({ privileged }) => privileged === true],
  [[docker("1.28")], ({ logConfiguration }) => logConfiguration?.options?.mode !== undefined],
  [[docker("1.21")], ({ memoryReservation }) => memoryReservation !== undefined],
  [[docker("1.18")], ({ ulimits = [] }) => ulimits.length > 0],
  [[docker("1.25")], ({ linuxParameters }) => linuxParameters?.initProcessEnabled === true],
  [[newer("container-health-check"), docker("1.24")], ({ healthCheck }) => healthCheck !== undefined],
  [
    [newer("container-ordering")],
    ({ dependsOn = [], startTimeout, stopTimeout }) =>
      dependsOn.length > 0 || startTimeout !== undefined || stopTimeout !== undefined,
  ],
  [[newer("container-restart-policy")], ({ restartPolicy }) => restartPolicy?.enabled === true],
  [[newer("firelens.fluentd")], ({ firelensConfiguration }) => firelensConfiguration?.type === "fluentd"],
  [[newer("firelens.fluentbit")], ({ firelensConfiguration }) => firelensConfiguration?.type === "fluentbit"],
  [
    [newer("firelens.options.config.file")],
    ({ firelensConfiguration }) => firelensConfiguration?.options?.["config-file-type"] === "file",
  ],
  [[newer("env-files.s3")], ({ environmentFiles = [] }) => environmentFiles.length > 0],
  [
    [newer("network.container-port-range")],
    ({ portMappings = [] }) => portMappings.some((port) => port.containerPortRange !== undefined),
  ],
  [
    [newer("private-registry-authentication.secretsmanager")],
    ({ repositoryCredentials }) => repositoryCredentials !== undefined,
  ],
  [[newer("secrets.ssm.environment-variables")], ({ secrets }) => from("ssm", secrets)],
  [[newer("secrets.asm.environment-variables")], ({ secrets }) => from("secretsmanager", secrets)],
  [
    [newer("secrets.ssm.bootstrap.log-driver")],
    ({ logConfiguration }) => from("ssm", logConfiguration?.secretOptions),
  ],
  [
    [newer("secrets.asm.bootstrap.log-driver")],
    ({ logConfiguration }) => from("secretsmanager", logConfiguration?.secretOptions),
  ],
];

function from(source: "ssm" | "secretsmanager", secrets: readonly ecs.Secret[] = []): boolean {
  return secrets.some(({ valueFrom = "" }) => secretSource(valueFrom) === source);
}

/** The attributes that a container instance must have to run the definition, in the order in which they were found. */
export function requiredAttributes(definition: CompleteDefinition): ecs.Attribute[] {
  const names = new Set<string>();
  const add = (...wanted: readonly string[]) => {
    for (const name of wanted) names.add(name);
  };
  const { executionRoleArn, taskRoleArn, networkMode, containerDefinitions: containers } = definition;
  for (const container of containers) {
    const driver = container.logConfiguration?.logDriver;
    const fromEcr = readEcrImage(container.image) !== undefined;
    if (driver !== undefined) add(capability(`logging-driver.${driver}`));
    if (driver === "awslogs" && executionRoleArn) add(newer("execution-role-awslogs"), docker("1.19"));
    if (fromEcr) add(capability("ecr-auth"), docker("1.19"));
    if (fromEcr && executionRoleArn) add(newer("execution-role-ecr-pull"));
    for (const [attributes, when] of needs) if (when(container)) add(...attributes);
  }
  if (taskRoleArn) {
    add(capability(networkMode === "host" ? "task-iam-role-network-host" : "task-iam-role"));
  }
  if (networkMode === "awsvpc") add(docker("1.18"), newer("task-eni"));
  if (definition.pidMode !== undefined || definition.ipcMode !== undefined) {
    add(newer("pid-ipc-namespace-sharing"));
  }
  if (definition.volumes.some((volume) => volume.efsVolumeConfiguration !== undefined)) add(newer("efs"));
  for (const { dockerVolumeConfiguration: volume } of definition.volumes) {
    if (volume !== undefined) add(newer(`docker-plugin.${volume.driver ?? "local"}`));
  }
  return [...names].map((name) => ({ name }));
}
