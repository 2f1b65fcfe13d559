import { DescribeSubnetsCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import type * as ecs from "@aws-sdk/client-ecs";
import type { RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { isFault } from "../../../kernel/fault.ts";
import { clientFault, invalidParameter } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";
import type { TaskDefinition } from "../task-definitions/task-definition.ts";
import type { ExpressConfiguration, ExpressNetwork } from "./express-service.ts";

/** The session in which ECS makes what an express service needs. The name is ours. */
export const expressSession = "ecs-express-gateway";

/** API Reference, "CreateExpressGatewayService": the container of a task definition of the customer's own. */
export const mainContainer = "Main";

/** API Reference, "ExpressGatewayContainer", "CreateExpressGatewayService" and "ExpressGatewayScalingTarget". */
const defaults = {
  ...{ cpu: "256", memory: "512", containerPort: 80, healthCheckPath: "/ping" },
  scaling: {
    minTaskCount: 1,
    maxTaskCount: 20,
    autoScalingMetric: "AVERAGE_CPU",
    autoScalingTargetValue: 60,
  },
} as const;

/** Developer Guide, "Amazon ECS service quotas": tasks per service. */
const mostTasks = 5000;

/** What a call says of an express service. */
export type ExpressWish = Partial<
  Omit<ecs.CreateExpressGatewayServiceCommandInput, "infrastructureRoleArn" | "serviceName" | "cluster">
>;

/**
 * An express service's configuration: what is given, else what was there, else AWS's defaults; all but its task
 * definition. Throws `InvalidParameterException`; the sentences are ours.
 */
export function readConfiguration(
  wish: ExpressWish,
  before: ExpressConfiguration | undefined,
): Omit<ExpressConfiguration, "taskDefinitionArn" | "createdAt"> {
  if (wish.taskDefinitionArn !== undefined) {
    const { primaryContainer, executionRoleArn, taskRoleArn, cpu, memory, cpuArchitecture } = wish;
    const given = { primaryContainer, executionRoleArn, taskRoleArn, cpu, memory, cpuArchitecture };
    const wrong = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
    if (wrong !== undefined) throw invalidParameter(`${wrong} can not be given with a taskDefinitionArn.`);
  }
  const own = wish.taskDefinitionArn !== undefined;
  const container = own ? undefined : (wish.primaryContainer ?? before?.container);
  const executionRoleArn = wish.executionRoleArn ?? before?.executionRoleArn;
  const taskRoleArn = wish.taskRoleArn ?? before?.taskRoleArn;
  if (!own && container === undefined) throw invalidParameter("primaryContainer can not be blank.");
  if (!own && executionRoleArn === undefined) throw invalidParameter("executionRoleArn can not be blank.");
  const scaling = {
    ...defaults.scaling,
    ...before?.scaling,
    ...Object.fromEntries(
      Object.entries(wish.scalingTarget ?? {}).filter(([, value]) => value !== undefined),
    ),
  };
  checkScaling(scaling);
  const healthCheckPath = wish.healthCheckPath ?? before?.healthCheckPath ?? defaults.healthCheckPath;
  if (!/^\/\S{0,1023}$/.test(healthCheckPath)) {
    throw invalidParameter("healthCheckPath must begin with / and can have up to 1024 characters.");
  }
  return {
    ...(executionRoleArn !== undefined && { executionRoleArn }),
    ...(taskRoleArn !== undefined && { taskRoleArn }),
    cpu: wish.cpu ?? before?.cpu ?? defaults.cpu,
    memory: wish.memory ?? before?.memory ?? defaults.memory,
    cpuArchitecture: wish.cpuArchitecture ?? before?.cpuArchitecture ?? "X86_64",
    ...(container !== undefined && { container }),
    containerPort: container?.containerPort ?? before?.containerPort ?? defaults.containerPort,
    healthCheckPath,
    scaling,
  };
}

function checkScaling({
  minTaskCount,
  maxTaskCount,
  autoScalingTargetValue,
}: Required<ecs.ExpressGatewayScalingTarget>): void {
  const whole = [minTaskCount, maxTaskCount, autoScalingTargetValue].every(Number.isInteger);
  if (!whole || minTaskCount < 1 || maxTaskCount < minTaskCount || maxTaskCount > mostTasks) {
    throw invalidParameter(
      `scalingTarget needs 1 <= minTaskCount <= maxTaskCount <= ${mostTasks}, in whole numbers.`,
    );
  }
  if (autoScalingTargetValue < 1) throw invalidParameter("autoScalingTargetValue must be at least 1.");
}

/** The task definition that ECS registers for a container. */
export function definitionOf(
  family: string,
  { container, containerPort, cpu, memory, cpuArchitecture, ...roles }: ReturnType<typeof readConfiguration>,
  region: string,
): RegisterTaskDefinitionCommandInput {
  const { awsLogsConfiguration, repositoryCredentials, image, command, environment, secrets } =
    container ?? {};
  return {
    family,
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    ...{ cpu, memory, executionRoleArn: roles.executionRoleArn, taskRoleArn: roles.taskRoleArn },
    runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture },
    containerDefinitions: [
      {
        ...{
          name: mainContainer,
          image,
          command,
          environment,
          secrets,
          essential: true,
        },
        ...(repositoryCredentials?.credentialsParameter !== undefined && {
          repositoryCredentials: { credentialsParameter: repositoryCredentials.credentialsParameter },
        }),
        portMappings: [{ name: "main", containerPort, protocol: "tcp" }],
        ...(awsLogsConfiguration !== undefined && {
          logConfiguration: {
            logDriver: "awslogs",
            options: {
              "awslogs-group": awsLogsConfiguration.logGroup ?? "",
              "awslogs-region": region,
              "awslogs-stream-prefix": awsLogsConfiguration.logStreamPrefix ?? "ecs",
            },
          },
        }),
      },
    ],
  };
}

/**
 * The port of a customer's own task definition (API Reference: a container `Main` with one TCP port that has a name, for
 * Fargate). Throws `PlatformTaskDefinitionIncompatibilityException`'s kin; the sentence is ours.
 */
export function portOf({ definition }: TaskDefinition): number {
  const main = definition.containerDefinitions.find(({ name }) => name === mainContainer);
  const [mapping, ...more] = main?.portMappings ?? [];
  const port = mapping?.containerPort;
  const fits = mapping?.name !== undefined && (mapping.protocol ?? "tcp") === "tcp" && more.length === 0;
  if (port !== undefined && fits && definition.compatibilities.includes("FARGATE")) return port;
  throw clientFault(
    `The task definition must be compatible with FARGATE and have a container named ${mainContainer} with a single named TCP port mapping.`,
  );
}

/**
 * Where an express service is to be: as it is given, else in the default subnets of the default VPC, which the
 * infrastructure role looks up. Throws `ClientException`; the sentences are ours.
 */
export async function admitExpressNetwork(
  ctx: PrepareContext,
  infrastructureRoleArn: Arn,
  { subnets = [], securityGroups = [] }: ecs.ExpressGatewayServiceNetworkConfiguration = {},
): Promise<ExpressNetwork> {
  const role = ctx.as({
    servicePrincipal: ecsPrincipal,
    roleArn: infrastructureRoleArn,
    sessionName: expressSession,
  });
  try {
    const asked =
      subnets.length > 0
        ? { SubnetIds: subnets }
        : { Filters: [{ Name: "default-for-az", Values: ["true"] }] };
    const { Subnets = [] } = await role.send(new DescribeSubnetsCommand(asked));
    const [first] = Subnets;
    if (first?.VpcId === undefined) throw clientFault("There is no default VPC: subnets are needed.");
    if (Subnets.some(({ VpcId }) => VpcId !== first.VpcId)) {
      throw clientFault("The subnets of an express service must be of one VPC.");
    }
    const { Vpcs = [] } = await role.send(new DescribeVpcsCommand({ VpcIds: [first.VpcId] }));
    return {
      vpcId: first.VpcId,
      vpcCidr: Vpcs[0]?.CidrBlock ?? "",
      subnets: Subnets.flatMap(({ SubnetId }) => SubnetId ?? []).sort(),
      securityGroups,
      isPublic: Subnets.every(({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch === true),
    };
  } catch (error) {
    if (!isFault(error)) throw error;
    const { code, message } = error;
    if (code === "ClientException" || code === "InternalFailure") throw error;
    throw clientFault(`ECS was unable to look up the network of the express service: ${message}`);
  }
}
