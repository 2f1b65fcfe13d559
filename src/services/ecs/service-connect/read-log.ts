import type { ServiceConnectConfiguration } from "@aws-sdk/client-ecs";
import type { ConnectLog } from "../../../runtime/task.ts";
import { invalidParameter, unsupported } from "../faults.ts";
import { checkLogConfiguration } from "../task-definitions/check-log-configuration.ts";
import type { TaskDefinition } from "../task-definitions/task-definition.ts";

/**
 * Where the proxies of a service write, and what (API Reference, "ServiceConnectConfiguration"). The sentences are ours.
 * Throws `InvalidParameterException`, `ClientException`, and `UnsupportedFeatureException` for other drivers than
 * awslogs.
 */
export function readConnectLog(
  { logConfiguration: configuration, accessLogConfiguration: access }: ServiceConnectConfiguration,
  { definition }: TaskDefinition,
): ConnectLog | undefined {
  if (configuration === undefined) {
    // AWS: the log of requests goes where the proxy's goes.
    if (access === undefined) return undefined;
    throw invalidParameter("accessLogConfiguration needs a logConfiguration in serviceConnectConfiguration.");
  }
  if (configuration.logDriver !== "awslogs")
    throw unsupported("The proxies of Service Connect have the log driver awslogs here.");
  if ((configuration.secretOptions ?? []).length > 0)
    throw unsupported("The log driver awslogs takes no secretOptions.");
  checkLogConfiguration({ name: proxyName, logConfiguration: configuration });
  if (definition.executionRoleArn === undefined)
    throw invalidParameter("The task definition needs an executionRoleArn for the logs of Service Connect.");
  const { format, includeQueryParameters } = access ?? {};
  return {
    configuration,
    ...(format !== undefined && {
      access: { format, includeQueryParameters: includeQueryParameters === "ENABLED" },
    }),
  };
}

/** What the proxy is called where a container would be named. */
const proxyName = "ecs-service-connect";
