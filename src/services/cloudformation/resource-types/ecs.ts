import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  PutClusterCapacityProvidersCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  TagResourceCommand,
  UpdateClusterCommand,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from "@aws-sdk/client-ecs";
import { formatArn } from "../../../kernel/arn.ts";
import { isFault } from "../../../kernel/fault.ts";
import { validationError } from "../faults.ts";
import { isMap, type TemplateValue } from "../template/template.ts";
import type { Properties, Provision, ResourceType } from "./resource-type.ts";
import { camel, type Kinds, smallTags, textOf, textOr, typed, unlessGone } from "./values.ts";

/** Maps whose keys are the user's own. */
const verbatim = ["DockerLabels", "Options", "DriverOpts", "Labels"];

/** Members that are numbers or truth values in the API. */
const kinds: Kinds = {
  numbers: [
    "Base",
    "BakeTimeInMinutes",
    "Condition",
    "ContainerPort",
    "DesiredCount",
    "HardLimit",
    "HealthCheckGracePeriodSeconds",
    "HostPort",
    "Interval",
    "MaxSwap",
    "MaximumPercent",
    "MemoryReservation",
    "MinimumHealthyPercent",
    "Port",
    "Retries",
    "SizeInGiB",
    "SoftLimit",
    "StartPeriod",
    "StartTimeout",
    "StopTimeout",
    "Swappiness",
    "Timeout",
    "Weight",
  ],
  truths: [
    "Enable",
    "Enabled",
    "EnableECSManagedTags",
    "EnableExecuteCommand",
    "EnableFaultInjection",
    "Essential",
    "InitProcessEnabled",
    "Interactive",
    "Privileged",
    "PseudoTerminal",
    "ReadOnly",
    "ReadonlyRootFilesystem",
    "Rollback",
  ],
};

function request(properties: Properties, at: Provision): Record<string, unknown> {
  const { Tags: _tags, ...rest } = properties;
  const tags = smallTags(properties, at);
  return { ...(camel(typed(rest, kinds), verbatim) as object), ...(tags.length > 0 && { tags }) };
}

const cluster: ResourceType = {
  type: "AWS::ECS::Cluster",
  properties: [
    "CapacityProviders",
    "ClusterName",
    "ClusterSettings",
    "Configuration",
    "DefaultCapacityProviderStrategy",
    "ServiceConnectDefaults",
    "Tags",
  ],
  replacedBy: ["ClusterName"],
  async create(properties, at) {
    const clusterName = textOr(properties, "ClusterName", at.name(255));
    // Creating a cluster of a name that there is answers that one: AWS refuses to take over what is not the stack's.
    const { ClusterSettings, ...rest } = properties;
    const settings = ClusterSettings === undefined ? {} : { settings: camel(ClusterSettings) };
    const { cluster: made } = await at.client.send(
      new CreateClusterCommand({ ...request(rest, at), ...settings, clusterName } as never),
    );
    return { physicalId: clusterName, attributes: { Arn: made?.clusterArn ?? "" } };
  },
  async update(name, properties, _before, at) {
    const { ClusterSettings = [], Configuration, ServiceConnectDefaults } = properties;
    const changes = { Configuration, ServiceConnectDefaults };
    const { cluster: changed } = await at.client.send(
      new UpdateClusterCommand({
        ...(camel(JSON.parse(JSON.stringify(changes)) as TemplateValue) as object),
        settings: camel(ClusterSettings) as never,
        cluster: name,
      }),
    );
    if (
      properties.CapacityProviders !== undefined ||
      properties.DefaultCapacityProviderStrategy !== undefined
    ) {
      await putProviders(name, properties, at);
    }
    const tags = smallTags(properties, at);
    if (tags.length > 0)
      await at.client.send(new TagResourceCommand({ resourceArn: changed?.clusterArn ?? "", tags }));
    return { Arn: changed?.clusterArn ?? "" };
  },
  remove: (name, _properties, { client }) =>
    unlessGone(client.send(new DeleteClusterCommand({ cluster: name })), "ClusterNotFoundException"),
};

async function putProviders(name: string, properties: Properties, { client }: Provision): Promise<void> {
  const { CapacityProviders = [], DefaultCapacityProviderStrategy = [] } = properties;
  await client.send(
    new PutClusterCapacityProvidersCommand({
      cluster: name,
      capacityProviders: CapacityProviders as never,
      defaultCapacityProviderStrategy: camel(typed(DefaultCapacityProviderStrategy, kinds)) as never,
    }),
  );
}

const providerAssociations: ResourceType = {
  type: "AWS::ECS::ClusterCapacityProviderAssociations",
  properties: ["CapacityProviders", "Cluster", "DefaultCapacityProviderStrategy"],
  replacedBy: ["Cluster"],
  async create(properties, at) {
    const name = textOf(properties, "Cluster");
    await putProviders(name, properties, at);
    return { physicalId: name };
  },
  async update(name, properties, _before, at) {
    await putProviders(name, properties, at);
    return {};
  },
  remove: (name, _properties, at) => unlessGone(putProviders(name, {}, at), "ClusterNotFoundException"),
};

const taskDefinition: ResourceType = {
  type: "AWS::ECS::TaskDefinition",
  properties: [
    "ContainerDefinitions",
    "Cpu",
    "EnableFaultInjection",
    "EphemeralStorage",
    "ExecutionRoleArn",
    "Family",
    "IpcMode",
    "Memory",
    "NetworkMode",
    "PidMode",
    "PlacementConstraints",
    "ProxyConfiguration",
    "RequiresCompatibilities",
    "RuntimePlatform",
    "Tags",
    "TaskRoleArn",
    "Volumes",
  ],
  replacedBy: "all",
  async create(properties, at) {
    const { Cpu, Memory, ContainerDefinitions = [], ...rest } = properties;
    const containers = Array.isArray(ContainerDefinitions) ? ContainerDefinitions : [];
    const input = {
      ...request(rest, at),
      family: textOr(properties, "Family", at.name(255)),
      // Numbers in a container, texts in the task.
      containerDefinitions: containers.map((container) =>
        camel(typed(typed(container, kinds), { numbers: ["Cpu", "Memory"] }), verbatim),
      ),
      ...(Cpu !== undefined && { cpu: String(Cpu) }),
      ...(Memory !== undefined && { memory: String(Memory) }),
    };
    const { taskDefinition: made } = await at.client.send(
      new RegisterTaskDefinitionCommand(input as unknown as RegisterTaskDefinitionCommandInput),
    );
    const arn = made?.taskDefinitionArn ?? "";
    return { physicalId: arn, attributes: { TaskDefinitionArn: arn } };
  },
  async remove(arn, _properties, { client }) {
    await client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn }));
  },
};

const service: ResourceType = {
  type: "AWS::ECS::Service",
  properties: [
    "AvailabilityZoneRebalancing",
    "CapacityProviderStrategy",
    "Cluster",
    "DeploymentConfiguration",
    "DeploymentController",
    "DesiredCount",
    "EnableECSManagedTags",
    "EnableExecuteCommand",
    "ForceNewDeployment",
    "HealthCheckGracePeriodSeconds",
    "LaunchType",
    "LoadBalancers",
    "NetworkConfiguration",
    "PlacementConstraints",
    "PlacementStrategies",
    "PlatformVersion",
    "PropagateTags",
    "Role",
    "SchedulingStrategy",
    "ServiceConnectConfiguration",
    "ServiceName",
    "ServiceRegistries",
    "Tags",
    "TaskDefinition",
    "VolumeConfigurations",
  ],
  replacedBy: ["Cluster", "DeploymentController", "LaunchType", "Role", "SchedulingStrategy", "ServiceName"],
  async create(properties, at) {
    const serviceName = textOr(properties, "ServiceName", at.name(255));
    const { ServiceName: _name, ForceNewDeployment: _force, ...rest } = properties;
    const { service: made } = await at.client.send(
      new CreateServiceCommand({
        ...serviceRequest(rest, at),
        serviceName,
        clientToken: at.token,
      } as unknown as CreateServiceCommandInput),
    );
    const arn = made?.serviceArn ?? "";
    return { physicalId: arn, attributes: { Name: serviceName, ServiceArn: arn } };
  },
  async update(arn, properties, _before, at) {
    const drop = [
      "ServiceName",
      "LaunchType",
      "Role",
      "SchedulingStrategy",
      "DeploymentController",
      "Tags",
      "ForceNewDeployment",
    ];
    const rest = Object.fromEntries(Object.entries(properties).filter(([name]) => !drop.includes(name)));
    const { tags: _tags, ...input } = serviceRequest(rest, at);
    const force =
      isMap(properties.ForceNewDeployment) &&
      String(properties.ForceNewDeployment.EnableForceNewDeployment) === "true";
    await at.client.send(
      new UpdateServiceCommand({
        ...input,
        service: arn,
        ...(force && { forceNewDeployment: true }),
      } as unknown as UpdateServiceCommandInput),
    );
    const tags = smallTags(properties, at);
    if (tags.length > 0) await at.client.send(new TagResourceCommand({ resourceArn: arn, tags }));
    return {};
  },
  /** AWS: a service is there when its deployment is complete; a deployment that fails fails the stack. */
  async settled(arn, properties, { client, stack }) {
    const { services: [found] = [] } = await client.send(
      new DescribeServicesCommand({ cluster: clusterOf(properties), services: [arn] }),
    );
    if (found === undefined) throw validationError(`Service ${arn} is not there.`);
    const name = found.serviceName ?? "";
    const [primary] = (found.deployments ?? []).filter(({ status }) => status === "PRIMARY");
    const failed = found.deployments?.find(({ rolloutState }) => rolloutState === "FAILED");
    if (failed !== undefined) {
      throw validationError(
        `Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'. ${failed.rolloutStateReason ?? ""}`,
      );
    }
    const external = found.deploymentController !== undefined && found.deploymentController.type !== "ECS";
    const done = external || (primary?.rolloutState === "COMPLETED" && found.deployments?.length === 1);
    const arnOfService = found.serviceArn ?? formatArn("ecs", stack.region, stack.account, `service/${name}`);
    return done ? { Name: name, ServiceArn: arnOfService } : undefined;
  },
  async remove(arn, properties, { client }) {
    const gone = ["ServiceNotFoundException", "ServiceNotActiveException", "ClusterNotFoundException"];
    const cluster = clusterOf(properties);
    const scalesToZero = properties.SchedulingStrategy !== "DAEMON";
    await unlessGone(
      (async () => {
        if (scalesToZero)
          await client.send(new UpdateServiceCommand({ cluster, service: arn, desiredCount: 0 }));
        await client.send(new DeleteServiceCommand({ cluster, service: arn, force: true }));
      })(),
      ...gone,
    );
  },
  /** What its tasks hold (interfaces, targets) is free only when they have stopped. */
  async gone(arn, properties, { client }) {
    const input = { cluster: clusterOf(properties), services: [arn] };
    try {
      const { services: [found] = [] } = await client.send(new DescribeServicesCommand(input));
      return found === undefined || found.status === "INACTIVE";
    } catch (error) {
      if (isFault(error, "ClusterNotFoundException")) return true;
      throw error;
    }
  },
};

function clusterOf(properties: Properties): string | undefined {
  return properties.Cluster === undefined ? undefined : textOf(properties, "Cluster");
}

/** Names that the API spells another way than the template. */
function serviceRequest(properties: Properties, at: Provision): Record<string, unknown> {
  const { placementStrategies, ...rest } = request(properties, at);
  return { ...rest, ...(placementStrategies !== undefined && { placementStrategy: placementStrategies }) };
}

/** Amazon ECS. */
export const ecsTypes: readonly ResourceType[] = [cluster, providerAssociations, taskDefinition, service];
