import type * as ecs from "@aws-sdk/client-ecs";
import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import { isFault } from "../../../kernel/fault.ts";
import { clusterArn, type ServiceKey, serviceArn, taskDefinitionArn } from "../arn.ts";
import { providerContext } from "../capacity-providers/strategy.ts";
import { ecsPrincipal } from "../role.ts";
import { passTaskRoles } from "../task-definitions/pass-role.ts";
import { findTaskDefinition, type TaskDefinition } from "../task-definitions/task-definition.ts";

/** What CreateService and UpdateService have in common. */
interface ServiceRequest {
  readonly taskDefinition?: string | undefined;
  readonly capacityProviderStrategy?: readonly ecs.CapacityProviderStrategyItem[] | undefined;
  readonly networkConfiguration?: ecs.NetworkConfiguration | undefined;
  readonly enableECSManagedTags?: boolean | undefined;
  readonly enableExecuteCommand?: boolean | undefined;
  readonly propagateTags?: ecs.PropagateTags | undefined;
  readonly serviceConnectConfiguration?: ecs.ServiceConnectConfiguration | undefined;
  readonly loadBalancers?: readonly ecs.LoadBalancer[] | undefined;
  readonly volumeConfigurations?: readonly ecs.ServiceVolumeConfiguration[] | undefined;
  readonly vpcLatticeConfigurations?: readonly ecs.VpcLatticeConfiguration[] | undefined;
}

/** A permission on a service, with the cluster that it is in. */
export function onService(action: string, key: ServiceKey): Authorisation {
  return { action, resource: serviceArn(key), context: { "ecs:cluster": clusterArn(key) } };
}

/**
 * The permissions that a service's tasks need of who asks for it: the operation's own, with the keys that the request
 * gives a value, and that of passing the definition's roles.
 */
export async function servicePermissions(
  action: string,
  key: ServiceKey,
  input: ServiceRequest,
  ctx: AuthoriseContext,
  context: NonNullable<Authorisation["context"]>,
): Promise<readonly Authorisation[]> {
  const definition = await definitionNamed(ctx, input.taskDefinition);
  const network = input.networkConfiguration?.awsvpcConfiguration;
  const flag = (value: boolean | undefined) => (value === undefined ? undefined : String(value));
  return [
    {
      action,
      resource: serviceArn(key),
      context: {
        ...context,
        ...providerContext(
          (input.capacityProviderStrategy ?? []).map((item) => item.capacityProvider),
          ctx,
        ),
        "ecs:task-definition": definition?.arn ?? unknownDefinition(ctx, input.taskDefinition),
        "ecs:task-cpu": definition?.definition.cpu,
        "ecs:task-memory": definition?.definition.memory,
        "ecs:subnet": network?.subnets?.map((id) =>
          formatArn("ec2", ctx.region, ctx.account, `subnet/${id}`),
        ),
        "ecs:auto-assign-public-ip": network && String(network.assignPublicIp === "ENABLED"),
        "ecs:enable-ecs-managed-tags": flag(input.enableECSManagedTags),
        "ecs:enable-execute-command": flag(input.enableExecuteCommand),
        "ecs:propagate-tags": input.propagateTags,
        "ecs:enable-service-connect": flag(input.serviceConnectConfiguration?.enabled),
        "ecs:namespace": input.serviceConnectConfiguration?.namespace,
        "ecs:enable-ebs-volumes": given(input.volumeConfigurations),
        "ecs:enable-vpc-lattice": given(input.vpcLatticeConfigurations),
      },
    },
    ...passTaskRoles(ctx, definition?.definition.taskRoleArn, definition?.definition.executionRoleArn),
    ...passInfrastructureRoles(input),
  ];
}

/**
 * Whoever has ECS change listeners or keep certificates gives it the role that may (Developer Guide, "Amazon ECS
 * infrastructure IAM role").
 */
function passInfrastructureRoles({
  loadBalancers = [],
  serviceConnectConfiguration,
}: ServiceRequest): readonly Authorisation[] {
  const roles = new Set([
    ...loadBalancers.flatMap(({ advancedConfiguration }) => advancedConfiguration?.roleArn ?? []),
    ...(serviceConnectConfiguration?.services ?? []).flatMap(({ tls }) => tls?.roleArn || []),
  ]);
  return [...roles].map((resource) => ({
    action: "iam:PassRole",
    resource,
    context: { "iam:PassedToService": ecsPrincipal },
  }));
}

function given(list: readonly unknown[] | undefined): string | undefined {
  return list === undefined ? undefined : String(list.length > 0);
}

/** A malformed reference is the operation's to refuse, after the caller's permission is known. */
export async function definitionNamed(
  ctx: AuthoriseContext,
  reference: string | undefined,
): Promise<TaskDefinition | undefined> {
  if (reference === undefined) return undefined;
  try {
    return await findTaskDefinition(ctx.rows, ctx, reference);
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

export function unknownDefinition(ctx: AuthoriseContext, reference: string | undefined): string | undefined {
  if (reference === undefined || reference.startsWith("arn:")) return reference;
  const [family = "", revision = "0"] = reference.split(":");
  return taskDefinitionArn(ctx, family, Number(revision) || 0);
}
