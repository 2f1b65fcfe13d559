import type * as ecs from "@aws-sdk/client-ecs";
import type { Arn } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Job, Rows, Tx } from "../../../store/types.ts";
import { parseEcsArn, type Scope, type ServiceKey, serviceArn } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { enqueueService, serviceOfJob } from "../services/service-job.ts";
import type { ExpressServiceRow, ExpressStatus, ExpressTables } from "./express-store.ts";

/** What an express service shall be, with defaults filled in. */
export interface ExpressConfiguration {
  readonly taskDefinitionArn: string;
  readonly executionRoleArn?: string;
  readonly taskRoleArn?: string;
  readonly cpu: string;
  readonly memory: string;
  readonly cpuArchitecture: ecs.ExpressCpuArchitecture;
  /** Absent where the customer gave a task definition. */
  readonly container?: ecs.ExpressGatewayContainer;
  readonly containerPort: number;
  readonly healthCheckPath: string;
  readonly scaling: Required<ecs.ExpressGatewayScalingTarget>;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** Where an express service is. */
export interface ExpressNetwork {
  readonly vpcId: string;
  readonly vpcCidr: string;
  readonly subnets: readonly string[];
  /** Those that the customer gave; ECS makes one when there are none. */
  readonly securityGroups: readonly string[];
  /** Whether the subnets give public addresses: then the load balancer is internet-facing. */
  readonly isPublic: boolean;
}

/** What ECS has made for an express service so far, as the infrastructure role. */
export interface ExpressResources {
  readonly loadBalancerSecurityGroup?: string;
  readonly serviceSecurityGroup?: string;
  readonly loadBalancerArn?: string;
  readonly endpoint?: string;
  readonly listenerArn?: string;
  readonly targetGroupArns?: readonly string[];
  readonly ruleArn?: string;
  /** The task definition that the service was last given. */
  readonly launched?: string;
  /** The scaling that was last set. */
  readonly scaled?: Required<ecs.ExpressGatewayScalingTarget>;
}

export interface ExpressDocument {
  readonly infrastructureRoleArn: Arn;
  /** Eight hexadecimal digits in the names of what is made. */
  readonly hash: string;
  readonly configuration: ExpressConfiguration;
  readonly network: ExpressNetwork;
  readonly resources: ExpressResources;
  /** What stands in the way, as its service says it. */
  readonly trouble?: string;
  /** Epoch ms. */
  readonly updatedAt: number;
}

/** An express gateway service. */
export interface ExpressService {
  readonly key: ServiceKey;
  readonly status: ExpressStatus;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: ExpressDocument;
}

/** The queue of express services for which something is to be made or removed. */
export const expressQueue = "ecs.express";

/** Wakes the loop for an express service. @param notBefore epoch ms; now when left out. */
export async function enqueueExpress(tx: Tx, key: ServiceKey, notBefore?: number): Promise<void> {
  const { account, region, cluster, service } = key;
  const payload = { cluster, service };
  await tx.enqueue({ queue: expressQueue, key: serviceArn(key), account, region, payload, notBefore });
}

/** The express service that a job is about. */
export const expressOfJob = (job: Job): ServiceKey => serviceOfJob(job);

function expressFrom(row: ExpressServiceRow): ExpressService {
  const { account, region, cluster, name } = row;
  return {
    key: { account, region, cluster, service: name } as ServiceKey,
    status: row.status,
    createdAt: row.created_at,
    document: JSON.parse(row.document) as ExpressDocument,
  };
}

export async function findExpress(rows: Rows, key: ServiceKey): Promise<ExpressService | undefined> {
  const row = await rows
    .tables<ExpressTables>()
    .selectFrom("ecs_express_service")
    .selectAll()
    .where((is) => is.and({ ...clusterColumns(key), name: key.service }))
    .executeTakeFirst();
  return row && expressFrom(row);
}

/** The express services of an account and region that are not gone: they share load balancers. */
export async function listExpress(
  rows: Rows,
  { account, region }: Scope,
): Promise<readonly ExpressService[]> {
  const found = await rows
    .tables<ExpressTables>()
    .selectFrom("ecs_express_service")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("status", "<>", "INACTIVE")
    .orderBy("created_at")
    .orderBy("name")
    .execute();
  return found.map(expressFrom);
}

/** Writes an express service, new or changed, and wakes the loop for it. */
export async function putExpress(tx: Tx, express: ExpressService): Promise<void> {
  const { key, status, createdAt, document } = express;
  const row: ExpressServiceRow = {
    ...clusterColumns(key),
    name: key.service,
    status,
    created_at: createdAt,
    document: JSON.stringify(document),
  };
  await tx
    .tables<ExpressTables>()
    .insertInto("ecs_express_service")
    .values(row)
    .onConflict((conflict) => conflict.columns(["account", "region", "cluster", "name"]).doUpdateSet(row))
    .execute();
  await enqueueExpress(tx, key);
  if (status !== "INACTIVE") await enqueueService(tx, key);
}

/** The service that an ARN names. Throws `InvalidParameterException`; the sentence is AWS's for other ARNs of services. */
export function readExpressArn(arn: string): ServiceKey {
  const parsed = parseEcsArn(arn);
  const [cluster, service, ...more] = parsed?.path ?? [];
  if (parsed?.type !== "service" || cluster === undefined || service === undefined || more.length > 0) {
    throw invalidParameter("The Service ARN provided is invalid.");
  }
  return { account: parsed.account, region: parsed.region, cluster, service };
}

/** Throws `ResourceNotFoundException`; the sentence is ours. */
export async function needExpress(rows: Rows, key: ServiceKey): Promise<ExpressService> {
  const found = await findExpress(rows, key);
  if (found === undefined) throw new Fault("ResourceNotFoundException", "Express service not found.");
  return found;
}

/** An express service as it is answered. */
export function describeExpress(
  { key, status, createdAt, document }: ExpressService,
  { revisionArn, deploymentArn }: { readonly revisionArn?: string; readonly deploymentArn?: string },
): ecs.ECSExpressGatewayService {
  const { infrastructureRoleArn, trouble, updatedAt } = document;
  return {
    cluster: key.cluster,
    serviceName: key.service,
    serviceArn: serviceArn(key),
    infrastructureRoleArn,
    status: { statusCode: status, ...(trouble !== undefined && { statusReason: trouble }) },
    ...(deploymentArn !== undefined && { currentDeployment: deploymentArn }),
    activeConfigurations: [describeConfiguration(document, revisionArn)],
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}

/** What it runs and where it is reached. */
export function describeConfiguration(
  { configuration, network, resources }: ExpressDocument,
  serviceRevisionArn?: string,
): ecs.ExpressGatewayServiceConfiguration {
  const { container, containerPort, scaling, createdAt, ...rest } = configuration;
  const groups =
    network.securityGroups.length > 0 ? network.securityGroups : [resources.serviceSecurityGroup];
  return {
    ...rest,
    ...(serviceRevisionArn !== undefined && { serviceRevisionArn }),
    networkConfiguration: {
      subnets: [...network.subnets],
      securityGroups: groups.filter((group) => group !== undefined),
    },
    ...(container !== undefined && { primaryContainer: { ...container, containerPort } }),
    scalingTarget: scaling,
    ingressPaths:
      resources.endpoint === undefined
        ? []
        : [{ accessType: network.isPublic ? "PUBLIC" : "PRIVATE", endpoint: resources.endpoint }],
    createdAt: new Date(createdAt),
  };
}
