import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import type * as ecs from "@aws-sdk/client-ecs";
import type { GatewayConnectorHealthCheck } from "@aws-sdk/client-ecs";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";
import type { TaskDefinition } from "../task-definitions/task-definition.ts";
import { gatewaysOf } from "./association.ts";
import { accessTypeOf, type Gateway } from "./gateway.ts";
import type { RoutePort } from "./route.ts";

/** How the tasks of a revision are reached through gateways. */
export interface GatewayIngress {
  /** As they were asked for. */
  readonly connectors: readonly ecs.GatewayConnector[];
  readonly port: RoutePort;
  /** The names of the gateways that lead to it. */
  readonly gateways: readonly string[];
  /** What came of it, once all routes are made: absent before. */
  readonly made?: MadeIngress;
}

/** The routes of a revision, with what its tasks need for them. */
export interface MadeIngress {
  /** Ids. */
  readonly routes: readonly string[];
  readonly loadBalancers: readonly ecs.LoadBalancer[];
  /** The groups of the tasks: the service's own, or the VPC's default one, and one for each route. */
  readonly securityGroups: readonly string[];
}

/** What a service asks with its connectors. */
interface Asked {
  readonly connectors: readonly ecs.GatewayConnector[] | undefined;
  readonly definition: TaskDefinition;
  /** Its subnets, each with its Availability Zone. */
  readonly zones: ReadonlyMap<string, string>;
}

/**
 * Which gateways a service is connected to: each of its cluster that matches (Developer Guide, "Connect Amazon ECS
 * services to a gateway"; the sentences about gateways begin as "Troubleshoot a gateway" quotes them, the others are
 * ours). For `prepare`. Throws `InvalidParameterException`.
 */
export async function admitConnectors(
  ctx: PrepareContext,
  cluster: Cluster,
  { connectors = [], definition, zones }: Asked,
): Promise<GatewayIngress | undefined> {
  const [connector, ...more] = connectors;
  if (connector === undefined) return undefined;
  if (more.length > 0) throw invalidParameter("gatewayConnectors can have at most 1 item.");
  const port = readPort(connector, definition);
  const { accessTypes = [] } = connector.filters ?? {};
  if (accessTypes.some((one) => one !== "PUBLIC" && one !== "PRIVATE")) {
    throw invalidParameter("gatewayConnectors.filters.accessTypes can have PUBLIC and PRIVATE.");
  }
  const name = cluster.key.cluster;
  const associated = await gatewaysOf(ctx.rows, cluster.key);
  if (associated.length === 0) {
    throw invalidParameter(
      `gatewayConnectors were specified but no gateways are associated with cluster ${name}.`,
    );
  }
  const vpcId = await vpcOf(ctx, [...zones.keys()]);
  const inVpc = associated.filter(({ document }) => document.vpcId === vpcId);
  if (inVpc.length === 0) {
    throw invalidParameter(`Cluster ${name} has associated gateways but none are in the service's VPC.`);
  }
  const open = inVpc.filter((one) => accessTypes.length === 0 || accessTypes.includes(accessTypeOf(one)));
  if (open.length === 0) {
    throw invalidParameter(
      `gatewayConnectors were specified but none of the gateways associated with cluster ${name} match the access types.`,
    );
  }
  const covers = ({ document }: Gateway) =>
    [...zones.values()].every((zone) => document.zones.includes(zone));
  const gateways = open.filter(covers).map(({ key }) => key.gateway);
  if (gateways.length === 0) {
    throw invalidParameter(
      `gatewayConnectors were specified but none of the gateways associated with cluster ${name} cover the Availability Zones of the service.`,
    );
  }
  return { connectors, port, gateways };
}

async function vpcOf(ctx: PrepareContext, subnets: string[]): Promise<string | undefined> {
  const role = ctx.as({ servicePrincipal: ecsPrincipal, sessionName: "ecs-service-scheduler" });
  const { Subnets = [] } = await role.send(new DescribeSubnetsCommand({ SubnetIds: subnets }));
  return Subnets[0]?.VpcId;
}

const protocolVersions = { http: "HTTP1", http2: "HTTP2", grpc: "GRPC" } as const;

function readPort(
  { portName, healthCheck }: ecs.GatewayConnector,
  { definition }: TaskDefinition,
): RoutePort {
  if (definition.networkMode !== "awsvpc") {
    throw invalidParameter("gatewayConnectors need a task definition with the awsvpc network mode.");
  }
  for (const { name: containerName, portMappings = [] } of definition.containerDefinitions) {
    const mapping = portMappings.find(({ name }) => name === portName);
    if (mapping?.containerPort === undefined) continue;
    if ((mapping.protocol ?? "tcp") !== "tcp") break;
    return {
      ...{ portName: portName ?? "", containerName, containerPort: mapping.containerPort },
      protocolVersion: protocolVersions[mapping.appProtocol ?? "http"],
      ...(healthCheck !== undefined && { healthCheck: readHealthCheck(healthCheck) }),
    };
  }
  throw invalidParameter(
    `The task definition has no TCP port mapping with the name ${portName}, which gatewayConnectors name.`,
  );
}

/** As Elastic Load Balancing takes them for target groups of Application Load Balancers (API Reference). */
const bounds = [
  ["healthCheckPort", 1, 65_535],
  ["healthCheckTimeoutSeconds", 2, 120],
  ["healthCheckIntervalSeconds", 5, 300],
  ["healthyThresholdCount", 2, 10],
  ["unhealthyThresholdCount", 2, 10],
] as const;

function readHealthCheck(asked: GatewayConnectorHealthCheck): GatewayConnectorHealthCheck {
  for (const [member, least, most] of bounds) {
    const value = asked[member];
    if (value !== undefined && (!Number.isInteger(value) || value < least || value > most)) {
      throw invalidParameter(`gatewayConnectors.healthCheck.${member} must be between ${least} and ${most}.`);
    }
  }
  const { healthCheckProtocol = "HTTP", healthCheckPath = "/", matcher } = asked;
  if (healthCheckProtocol !== "HTTP" && healthCheckProtocol !== "HTTPS") {
    throw invalidParameter("gatewayConnectors.healthCheck.healthCheckProtocol must be HTTP or HTTPS.");
  }
  if (!/^\/\S{0,1023}$/.test(healthCheckPath)) {
    throw invalidParameter(
      "gatewayConnectors.healthCheck.healthCheckPath must begin with / and can have up to 1024 characters.",
    );
  }
  for (const [member, value] of Object.entries(matcher ?? {})) {
    if (!/^\d{1,3}([,-]\d{1,3})*$/.test(value)) {
      throw invalidParameter(
        `gatewayConnectors.healthCheck.matcher.${member} must be codes and ranges of codes.`,
      );
    }
  }
  return asked;
}
