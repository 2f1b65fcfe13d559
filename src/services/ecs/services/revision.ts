import type * as ecs from "@aws-sdk/client-ecs";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { admitConnectors, type GatewayIngress } from "../gateways/ingress.ts";
import { admitLoadBalancers } from "../load-balancers/admission.ts";
import { bindingOf } from "../placement/place.ts";
import { readStrategies } from "../placement/strategy.ts";
import type { EcsPorts } from "../ports.ts";
import { admitServiceConnect } from "../service-connect/admission.ts";
import type { ServiceConnect } from "../service-connect/connect.ts";
import { admitServiceRegistries } from "../service-registries/admission.ts";
import { needTaskDefinition, type TaskDefinition } from "../task-definitions/task-definition.ts";
import { admitNetwork, admitRoles } from "../tasks/admission.ts";
import { type Capacity, capacityOf, onFargate } from "../tasks/capacity.ts";
import { latestPlatform } from "../tasks/describe.ts";
import { checkLaunch } from "../tasks/launch-rules.ts";
import { needRuntime } from "../tasks/run-task.ts";

/** What the tasks of a deployment or task set are: AWS's service revision. */
export interface Revision {
  /** ARN. */
  readonly taskDefinition: string;
  readonly capacity: Capacity;
  /** As it was asked for: `LATEST` when nothing was. Only on Fargate. */
  readonly platformVersion?: string;
  readonly networkConfiguration?: ecs.NetworkConfiguration;
  /** The Availability Zone of each subnet. */
  readonly zones: Readonly<Record<string, string>>;
  readonly containerImages: readonly ContainerImage[];
  /** Whether tasks have interfaces, which the service-linked role makes. */
  readonly awsvpc: boolean;
  /** As they were asked for; absent where there are none. */
  readonly loadBalancers?: readonly ecs.LoadBalancer[];
  /** Likewise: where its tasks are found by name. */
  readonly serviceRegistries?: readonly ecs.ServiceRegistry[];
  /** Likewise. */
  readonly serviceConnectConfiguration?: ecs.ServiceConnectConfiguration;
  /** What came of it. */
  readonly serviceConnect?: ServiceConnect;
  /** How its tasks are reached through gateways. */
  readonly gatewayIngress?: GatewayIngress;
}

/** An image of a revision. */
export interface ContainerImage {
  readonly containerName: string;
  readonly image: string;
  /** Resolved once: the digest that the first task of the deployment has pulled. */
  readonly imageDigest?: string;
  /** AWS: `versionConsistency`: whether later tasks run the digest of the first. */
  readonly pinned: boolean;
}

/** How a call asks for a revision. */
export interface RevisionWish {
  readonly taskDefinition: string;
  readonly capacity:
    | Capacity
    | {
        readonly launchType?: ecs.LaunchType | undefined;
        readonly capacityProviderStrategy?: readonly ecs.CapacityProviderStrategyItem[] | undefined;
      };
  readonly platformVersion?: string | undefined;
  readonly networkConfiguration?: ecs.NetworkConfiguration | undefined;
  readonly placementConstraints?: readonly ecs.PlacementConstraint[] | undefined;
  readonly placementStrategy?: readonly ecs.PlacementStrategy[] | undefined;
  readonly loadBalancers?: readonly ecs.LoadBalancer[] | undefined;
  readonly serviceRegistries?: readonly ecs.ServiceRegistry[] | undefined;
  readonly serviceConnectConfiguration?: ecs.ServiceConnectConfiguration | undefined;
  /** The service whose revision it is to be. */
  readonly serviceArn?: string;
  readonly gatewayConnectors?: readonly ecs.GatewayConnector[] | undefined;
}

/**
 * Checks what a service or task set shall run, as RunTask checks a task: definition, launch, roles, network, and
 * whether there is anything to run it. For `prepare`.
 */
export async function admitRevision(
  ports: EcsPorts,
  ctx: PrepareContext,
  cluster: Cluster,
  wish: RevisionWish,
): Promise<Revision> {
  const definition = await needTaskDefinition(ctx.rows, ctx, wish.taskDefinition);
  const capacity = isCapacity(wish.capacity) ? wish.capacity : capacityOf(cluster, wish.capacity);
  const { platformVersion, networkConfiguration } = wish;
  checkLaunch(definition, { ...wish, capacity });
  checkPlacement(wish);
  await needRuntime(ports, capacity);
  const network = networkConfiguration?.awsvpcConfiguration;
  const zones = network === undefined ? new Map<string, string>() : await admitNetwork(ctx, network);
  const { taskRoleArn, executionRoleArn } = definition.definition;
  await admitRoles(ctx, [taskRoleArn, executionRoleArn]);
  const { loadBalancers = [], serviceRegistries = [], serviceConnectConfiguration } = wish;
  await admitLoadBalancers(ctx, loadBalancers, definition);
  await admitServiceRegistries(ctx, serviceRegistries, definition);
  const serviceConnect = await admitServiceConnect(ports, ctx, serviceConnectConfiguration, {
    ...{ cluster, definition, onFargate: onFargate(capacity) },
    serviceArn: wish.serviceArn,
  });
  const { gatewayConnectors: connectors } = wish;
  const gatewayIngress = await admitConnectors(ctx, cluster, { connectors, definition, zones });
  return {
    taskDefinition: definition.arn,
    capacity,
    ...(onFargate(capacity) && { platformVersion: platformVersion || "LATEST" }),
    ...(network !== undefined && {
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: network.subnets,
          securityGroups: network.securityGroups ?? [],
          assignPublicIp: network.assignPublicIp ?? "DISABLED",
        },
      },
    }),
    zones: Object.fromEntries(zones),
    containerImages: imagesOf(definition),
    awsvpc: definition.definition.networkMode === "awsvpc",
    ...(loadBalancers.length > 0 && { loadBalancers }),
    ...(serviceRegistries.length > 0 && { serviceRegistries }),
    ...(serviceConnectConfiguration !== undefined && { serviceConnectConfiguration }),
    ...(serviceConnect !== undefined && { serviceConnect }),
    ...(gatewayIngress !== undefined && { gatewayIngress }),
  };
}

/** What the tasks of a revision are registered with: the load balancers that it names, then those of gateways. */
export function balancersOf({
  loadBalancers,
  gatewayIngress,
}: Revision): readonly ecs.LoadBalancer[] | undefined {
  const { made } = gatewayIngress ?? {};
  return made === undefined ? loadBalancers : [...(loadBalancers ?? []), ...made.loadBalancers];
}

/** Where the tasks of a revision are: as it was asked for, with the security groups that gateways need. */
export function taskNetwork({
  networkConfiguration,
  gatewayIngress,
}: Revision): ecs.AwsVpcConfiguration | undefined {
  const network = networkConfiguration?.awsvpcConfiguration;
  const { made } = gatewayIngress ?? {};
  return network && made ? { ...network, securityGroups: [...made.securityGroups] } : network;
}

/** Whether its tasks need the service-linked role: for their interfaces, load balancers or names. */
export function needsServiceRole({
  awsvpc,
  loadBalancers,
  serviceRegistries,
  serviceConnect,
}: Revision): boolean {
  return [loadBalancers, serviceRegistries, serviceConnect].some((one) => one !== undefined) || awsvpc;
}

/** Reads the placement rules once, so that a scheduler meets none that it cannot read. */
function checkPlacement({ placementConstraints = [], placementStrategy = [] }: RevisionWish): void {
  const nobody = { group: "", requiredAttributes: [] };
  bindingOf({ ...nobody, constraints: placementConstraints });
  readStrategies(placementStrategy, nobody.group);
}

function isCapacity(capacity: RevisionWish["capacity"]): capacity is Capacity {
  return (
    "strategy" in capacity || (capacity.launchType !== undefined && !("capacityProviderStrategy" in capacity))
  );
}

function imagesOf({ definition }: TaskDefinition): readonly ContainerImage[] {
  return definition.containerDefinitions.map(({ name, image, versionConsistency }) => ({
    containerName: name,
    image,
    ...(image.includes("@") && { imageDigest: image.slice(image.indexOf("@") + 1) }),
    pinned: versionConsistency !== "disabled",
  }));
}

/** The launch type or strategy of a revision, as services and deployments show it. */
export function describeCapacity({ capacity }: Revision): {
  readonly launchType?: ecs.LaunchType;
  readonly capacityProviderStrategy?: ecs.CapacityProviderStrategyItem[];
} {
  return capacity.strategy === undefined
    ? { launchType: capacity.launchType }
    : { capacityProviderStrategy: capacity.strategy.map((item) => ({ ...item })) };
}

/** A revision as deployments and task sets show it. AWS: they say what `LATEST` means. */
export function describeRunning(revision: Revision) {
  const { taskDefinition, platformVersion, networkConfiguration } = revision;
  return {
    taskDefinition,
    ...describeCapacity(revision),
    ...(platformVersion !== undefined && {
      platformVersion: platformVersion === "LATEST" ? latestPlatform : platformVersion,
      platformFamily: "Linux",
    }),
    ...(networkConfiguration !== undefined && { networkConfiguration }),
  };
}
