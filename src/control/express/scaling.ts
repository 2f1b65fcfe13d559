import {
  DeregisterScalableTargetCommand,
  type MetricType,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import type { ExpressGatewayServiceScalingMetric } from "@aws-sdk/client-ecs";
import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import type { ServiceKey } from "../../services/ecs/arn.ts";
import type { InspectedExpress } from "../../services/ecs/express/execution.ts";
import type { ExpressResources } from "../../services/ecs/express/express-service.ts";

const metrics: Readonly<Record<ExpressGatewayServiceScalingMetric, MetricType>> = {
  AVERAGE_CPU: "ECSServiceAverageCPUUtilization",
  AVERAGE_MEMORY: "ECSServiceAverageMemoryUtilization",
  REQUEST_COUNT_PER_TARGET: "ALBRequestCountPerTarget",
};

function targetOf({ cluster, service }: ServiceKey) {
  return {
    ServiceNamespace: "ecs" as const,
    ResourceId: `service/${cluster}/${service}`,
    ScalableDimension: "ecs:service:DesiredCount" as const,
  };
}

/** Has Application Auto Scaling keep the service's metric at its target. */
export async function scale(role: Client, { express }: InspectedExpress): Promise<ExpressResources> {
  const { configuration, resources } = express.document;
  const { minTaskCount, maxTaskCount, autoScalingMetric, autoScalingTargetValue } = configuration.scaling;
  const target = targetOf(express.key);
  const bounds = { MinCapacity: minTaskCount, MaxCapacity: maxTaskCount };
  // Tags are for new scalable targets only.
  const Tags = resources.scaled === undefined ? { AmazonECSManaged: "true" } : undefined;
  await role.send(new RegisterScalableTargetCommand({ ...target, ...bounds, Tags }));
  const byRequests = autoScalingMetric === "REQUEST_COUNT_PER_TARGET";
  await role.send(
    new PutScalingPolicyCommand({
      ...target,
      PolicyName: `ecs-express-${express.document.hash}`,
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: autoScalingTargetValue,
        PredefinedMetricSpecification: {
          PredefinedMetricType: metrics[autoScalingMetric],
          ...(byRequests && { ResourceLabel: labelOf(resources) }),
        },
      },
    }),
  );
  return { scaled: configuration.scaling };
}

/** `app/<load balancer>/<id>/targetgroup/<name>/<id>`. */
function labelOf({ loadBalancerArn = "", targetGroupArns = [] }: ExpressResources): string {
  const balancer = loadBalancerArn.split(":loadbalancer/")[1] ?? "";
  const group = targetGroupArns[0]?.split(":").at(-1) ?? "";
  return `${balancer}/${group}`;
}

/** Takes the scalable target away, with its policies and alarms. */
export async function removeScaling(role: Client, { express }: InspectedExpress): Promise<ExpressResources> {
  try {
    await role.send(new DeregisterScalableTargetCommand(targetOf(express.key)));
  } catch (error) {
    if (!isFault(error, "ObjectNotFoundException")) throw error;
  }
  return { scaled: undefined };
}
