import type * as ecs from "@aws-sdk/client-ecs";

/**
 * What a session's document is told of logging and encryption, from the cluster's configuration (API Reference,
 * "ExecuteCommandConfiguration"). `DEFAULT` means where the container's own output goes, if that is CloudWatch Logs.
 */
export function sessionParameters(
  configuration: ecs.ExecuteCommandConfiguration | undefined,
  container: ecs.ContainerDefinition | undefined,
): Readonly<Record<string, string[]>> {
  const { kmsKeyId, logging = "DEFAULT", logConfiguration } = configuration ?? {};
  const group =
    logging === "OVERRIDE"
      ? logConfiguration?.cloudWatchLogGroupName
      : logging === "DEFAULT"
        ? ownLogGroup(container)
        : undefined;
  const encrypted = logging === "OVERRIDE" && logConfiguration?.cloudWatchEncryptionEnabled === true;
  return {
    ...(kmsKeyId && { kmsKeyId: [kmsKeyId] }),
    ...(group && {
      cloudWatchLogGroup: [group],
      cloudWatchEncryptionEnabled: [String(encrypted)],
    }),
  };
}

function ownLogGroup(container: ecs.ContainerDefinition | undefined): string | undefined {
  const { logDriver, options } = container?.logConfiguration ?? {};
  return logDriver === "awslogs" ? options?.["awslogs-group"] : undefined;
}
