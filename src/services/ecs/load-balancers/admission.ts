import type { LoadBalancer } from "@aws-sdk/client-ecs";
import { DescribeTargetGroupsCommand, type TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { isFault } from "../../../kernel/fault.ts";
import { admitInfrastructureRole } from "../capacity-providers/infrastructure-role.ts";
import { invalidParameter, noServiceLinkedRole, unsupported } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";
import type { TaskDefinition } from "../task-definitions/task-definition.ts";

/** Developer Guide, "Registering multiple target groups with a service"; the sentence is ours. */
const mostLoadBalancers = 5;

/**
 * Checks the load balancers of a service or task set: what each names, against the task definition and against what
 * Elastic Load Balancing says of the target group, which the service-linked role asks for. Sentences are AWS's as users
 * have met them, unless they are marked as ours. For `prepare`.
 * Throws `InvalidParameterException`, and `UnsupportedFeatureException` for Classic Load Balancers.
 */
export async function admitLoadBalancers(
  ctx: PrepareContext,
  loadBalancers: readonly LoadBalancer[],
  definition: TaskDefinition,
): Promise<void> {
  if (loadBalancers.length === 0) return;
  if (loadBalancers.length > mostLoadBalancers) {
    throw invalidParameter(`load balancers can have at most ${mostLoadBalancers} items.`);
  }
  for (const loadBalancer of loadBalancers) checkNames(loadBalancer, definition);
  for (const arn of namedTargetGroups(loadBalancers)) {
    checkTargetGroup(await targetGroupNamed(ctx, arn), definition);
  }
  const roles = new Set(
    loadBalancers.flatMap(({ advancedConfiguration }) => advancedConfiguration?.roleArn ?? []),
  );
  for (const role of roles) await admitInfrastructureRole(ctx, role as Arn);
}

function namedTargetGroups(loadBalancers: readonly LoadBalancer[]): ReadonlySet<string> {
  return new Set(
    loadBalancers.flatMap(({ targetGroupArn, advancedConfiguration }) =>
      [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].filter((arn) => arn !== undefined),
    ),
  );
}

function checkNames(loadBalancer: LoadBalancer, { definition }: TaskDefinition): void {
  const { targetGroupArn = "", loadBalancerName = "", containerName = "", containerPort } = loadBalancer;
  // The first three are ours.
  if (targetGroupArn !== "" && loadBalancerName !== "") {
    throw invalidParameter("loadBalancers can have a targetGroupArn or a loadBalancerName, not both.");
  }
  if (loadBalancerName !== "") {
    throw unsupported("Roadstead has no Classic Load Balancers: loadBalancerName is not supported.");
  }
  if (targetGroupArn === "") throw invalidParameter("loadBalancers need a targetGroupArn.");
  if (containerName === "") throw invalidParameter("Container Name can not be blank.");
  // Ours.
  if (containerPort === undefined) throw invalidParameter("Container Port can not be blank.");
  const container = definition.containerDefinitions.find(({ name }) => name === containerName);
  if (container === undefined) {
    throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
  }
  if (!(container.portMappings ?? []).some((mapping) => mapping.containerPort === containerPort)) {
    throw invalidParameter(
      `The container ${containerName} did not have a container port ${containerPort} defined.`,
    );
  }
  checkAdvanced(loadBalancer);
}

/** API Reference, "AdvancedConfiguration": three of its four members are required together. The sentences are ours. */
function checkAdvanced({ targetGroupArn, advancedConfiguration }: LoadBalancer): void {
  if (advancedConfiguration === undefined) return;
  const { alternateTargetGroupArn, productionListenerRule, testListenerRule, roleArn } =
    advancedConfiguration;
  const needed = { alternateTargetGroupArn, productionListenerRule, roleArn };
  for (const [member, value] of Object.entries(needed)) {
    if (value === undefined || value === "") {
      throw invalidParameter(`advancedConfiguration.${member} can not be blank.`);
    }
  }
  if (alternateTargetGroupArn === targetGroupArn) {
    throw invalidParameter("advancedConfiguration.alternateTargetGroupArn must be another target group.");
  }
  for (const [member, arn] of Object.entries({ productionListenerRule, testListenerRule })) {
    if (
      arn !== undefined &&
      !/^arn:[^:]+:elasticloadbalancing:[^:]*:\d{12}:(listener|listener-rule)\//.test(arn)
    ) {
      throw invalidParameter(
        `advancedConfiguration.${member} must be the ARN of a listener rule, or of the listener of a Network Load Balancer.`,
      );
    }
  }
}

async function targetGroupNamed(ctx: PrepareContext, arn: string): Promise<TargetGroup> {
  const role = ctx.as({ servicePrincipal: ecsPrincipal, sessionName: "ecs-service-scheduler" });
  try {
    const { TargetGroups } = await role.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }));
    const [found] = TargetGroups ?? [];
    if (found !== undefined) return found;
  } catch (error) {
    if (!isFault(error)) throw error;
    const { code, message } = error;
    if (code === "NoSuchEntity" || message.includes("sts:AssumeRole")) throw noServiceLinkedRole();
    if (code === "InternalFailure") throw error;
    if (code === "AccessDenied" || code === "AccessDeniedException") {
      throw invalidParameter(
        "Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service role being passed has the proper permissions.",
      );
    }
  }
  // Ours.
  throw invalidParameter(`The target group with targetGroupArn ${arn} was not found.`);
}

function checkTargetGroup(
  { TargetGroupArn: arn = "", TargetType: type = "instance", LoadBalancerArns = [] }: TargetGroup,
  { definition }: TaskDefinition,
): void {
  const mode = definition.networkMode ?? "bridge";
  if (type !== (mode === "awsvpc" ? "ip" : "instance")) {
    throw invalidParameter(
      `The provided target group ${arn} has target type ${type}, which is incompatible with the ${mode} network mode specified in the task definition.`,
    );
  }
  if (LoadBalancerArns.length === 0) {
    throw invalidParameter(
      `The target group with targetGroupArn ${arn} does not have an associated load balancer.`,
    );
  }
}
