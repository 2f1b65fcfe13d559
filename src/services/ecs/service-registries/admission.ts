import type { ServiceRegistry } from "@aws-sdk/client-ecs";
import { GetServiceCommand, type Service } from "@aws-sdk/client-servicediscovery";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { isFault } from "../../../kernel/fault.ts";
import { invalidParameter, noServiceLinkedRole } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";
import type { TaskDefinition } from "../task-definitions/task-definition.ts";

/**
 * Checks the service registries of a service or task set against the task definition and against what Cloud Map says
 * of the service, which the service-linked role asks for. Sentences are AWS's as users have met them, unless they are
 * marked as ours. For `prepare`.
 * Throws `InvalidParameterException`.
 */
export async function admitServiceRegistries(
  ctx: PrepareContext,
  registries: readonly ServiceRegistry[],
  definition: TaskDefinition,
): Promise<void> {
  const [registry, another] = registries;
  if (registry === undefined) return;
  // AWS: one registry a service (API Reference, CreateService); the sentence is ours.
  if (another !== undefined) throw invalidParameter("serviceRegistries can have at most 1 items.");
  checkPorts(registry, await cloudMapServiceNamed(ctx, registry.registryArn ?? ""), definition);
}

async function cloudMapServiceNamed(ctx: PrepareContext, arn: string): Promise<Service> {
  const [, id] = /^arn:aws:servicediscovery:[a-z0-9-]+:\d{12}:service\/(srv-[a-z0-9]+)$/.exec(arn) ?? [];
  if (id === undefined) throw invalidParameter("Invalid service registry ARN.");
  const role = ctx.as({ servicePrincipal: ecsPrincipal, sessionName: "ecs-service-scheduler" });
  try {
    const { Service } = await role.send(new GetServiceCommand({ Id: arn }));
    if (Service !== undefined) return Service;
  } catch (error) {
    if (!isFault(error) || error.code === "InternalFailure") throw error;
    if (error.code === "NoSuchEntity" || error.message.includes("sts:AssumeRole"))
      throw noServiceLinkedRole();
    if (error.code === "AccessDenied" || error.code === "AccessDeniedException")
      // Ours.
      throw invalidParameter(
        `Unable to assume role and validate the service registry ${arn}: ${error.message}`,
      );
  }
  // Ours.
  throw invalidParameter(`The service registry ${arn} was not found.`);
}

function checkPorts(
  { registryArn, containerName, containerPort, port }: ServiceRegistry,
  { DnsConfig }: Service,
  { definition }: TaskDefinition,
): void {
  const types = DnsConfig?.DnsRecords?.map(({ Type }) => Type) ?? [];
  const at = ` Registry: ${registryArn}`;
  const named = containerName !== undefined && containerName !== "";
  // Ours.
  if (types.includes("AAAA") || types.includes("CNAME"))
    throw invalidParameter(`Service discovery supports A and SRV records only.${at}`);
  if (port !== undefined && (named || containerPort !== undefined)) {
    throw invalidParameter(
      "Specify a value for either 'port' or the 'containerName' and 'containerPort' combination, but not both",
    );
  }
  const awsvpc = definition.networkMode === "awsvpc";
  if (!awsvpc) {
    if (types.includes("A") && !types.includes("SRV")) {
      throw invalidParameter(
        `When specifying 'host' or 'bridge' for networkMode, the service registry must have an SRV record.${at}`,
      );
    }
    if (!named || containerPort === undefined) {
      throw invalidParameter(
        `When specifying 'host' or 'bridge' for networkMode, values for 'containerName' and 'containerPort' must be specified from the task definition.${at}`,
      );
    }
  }
  const wantsPort = types.includes("SRV") || types.length === 0;
  const needless = Object.entries({ containerName, containerPort, port }).find(
    ([, value]) => value !== undefined && value !== "",
  )?.[0];
  if (!wantsPort && needless !== undefined) {
    throw invalidParameter(
      `The values specified for serviceRegistries do not require a value for '${needless}'. Remove the value and retry.`,
    );
  }
  if (types.includes("SRV") && port === undefined && (!named || containerPort === undefined)) {
    // Ours.
    throw invalidParameter(
      `The service registry has an SRV record: specify 'port', or 'containerName' and 'containerPort'.${at}`,
    );
  }
  if (!named) return;
  const container = definition.containerDefinitions.find(({ name }) => name === containerName);
  if (container === undefined) {
    throw invalidParameter(
      `The container ${containerName} is not valid. The value for 'containerName' must already be specified in the task definition.${at}`,
    );
  }
  if (!(container.portMappings ?? []).some((mapping) => mapping.containerPort === containerPort)) {
    throw invalidParameter(
      `The container port ${containerPort} is not valid. The value for 'containerPort' must already be specified in the task definition.${at}`,
    );
  }
}
