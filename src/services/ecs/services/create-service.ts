import { createHash } from "node:crypto";
import type * as ecs from "@aws-sdk/client-ecs";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { InputOf, WriteOperation } from "../../../dispatch/operation.ts";
import type { Principal } from "../../../kernel/principal.ts";
import type { Tx } from "../../../store/types.ts";
import { type ClusterKey, clusterArn, clusterOf, type ServiceKey, serviceArn } from "../arn.ts";
import { clusterColumns, ownCluster } from "../clusters/cluster.ts";
import { needServiceTaskRole } from "../exec/exec-agent.ts";
import { invalidParameter, noServiceLinkedRole } from "../faults.ts";
import { connectService } from "../gateways/connect-service.ts";
import { checkShift } from "../load-balancers/shift.ts";
import type { EcsPorts } from "../ports.ts";
import { holdRole, prepareRole, type RolePreparation } from "../role-use/role-creation.ts";
import { taggingPermission } from "../tags/tagging-permission.ts";
import { putTags, readTags, requestedTags, tagContext } from "../tags/tags.ts";
import { launchTypeOfCapacity } from "../tasks/capacity.ts";
import { beginDeployment } from "./begin-deployment.ts";
import { deploymentNumber } from "./deployment.ts";
import { readDeploymentConfiguration } from "./deployment-configuration.ts";
import { describeService, viewService } from "./describe.ts";
import { servicePermissions } from "./permissions.ts";
import { forgetService } from "./removal.ts";
import { admitRevision, needsServiceRole, type Revision } from "./revision.ts";
import { freshFortune, freshState } from "./schedule.ts";
import { findService, insertService, type Service, type ServiceDocument } from "./service.ts";
import { enqueueService } from "./service-job.ts";
import type { ServiceTables } from "./service-store.ts";
import {
  checkConnected,
  checkDaemon,
  checkServiceName,
  checkToken,
  readDesiredCount,
  readGracePeriod,
  readRebalancing,
  refuseLacking,
} from "./settings.ts";
import { putTaskSet } from "./task-set.ts";

/** Developer Guide, "Amazon ECS service quotas": services per cluster. */
const mostServices = 5000;

type Input = InputOf<typeof ecs, "CreateService">;

interface Admitted {
  readonly document: ServiceDocument;
  readonly role: RolePreparation;
}

/**
 * Makes a service, once: an equal call is answered with the service that is there.
 * AWS: with the caller's own identity it creates the service-linked role where that is missing.
 */
export const createService = (ports: EcsPorts): WriteOperation<typeof ecs, "CreateService", Admitted> => ({
  name: "CreateService",
  async authorise(input, ctx) {
    const key = keyOf(clusterOf(input.cluster, ctx), input.serviceName);
    const tags = requestedTags(input.tags);
    return [
      ...(await servicePermissions("ecs:CreateService", key, input, ctx, tagContext(tags))),
      ...(await taggingPermission(ctx, serviceArn(key), tags, "CreateService")),
    ];
  },
  async prepare(ctx, input) {
    await ownCluster(ctx.rows, input.cluster, ctx);
    readTags(input.tags);
    const role = await prepareRole(ctx);
    return { document: await readService(ports, ctx, input), role };
  },
  async commit(tx, ctx, input, { document, role }) {
    const cluster = await ownCluster(tx, input.cluster, ctx);
    const key = keyOf(cluster.key, input.serviceName);
    const there = await findService(tx, key);
    if (there?.status === "DRAINING") {
      throw invalidParameter("Unable to Start a service that is still Draining.");
    }
    const tags = readTags(input.tags);
    if (there?.status === "ACTIVE") {
      if (there.document.creation !== document.creation) {
        throw invalidParameter("Creation of service was not idempotent.");
      }
      return { service: describeService(await viewService(tx, there), tags) };
    }
    const held = await holdRole(tx, ctx.account, role);
    if (!held && document.revision !== undefined && needsServiceRole(document.revision)) {
      throw noServiceLinkedRole();
    }
    await checkQuota(tx, cluster.key);
    if (there !== undefined) await forgetService(tx, there);
    const connected = document.revision && (await connectService(tx, ctx, key, document.revision));
    const awaits = connected?.gatewayIngress !== undefined && connected.gatewayIngress.made === undefined;
    const service: Service = {
      key,
      arn: serviceArn(key),
      status: "ACTIVE",
      version: 1,
      createdAt: ctx.now,
      document: {
        ...document,
        ...(connected !== undefined && { revision: connected }),
        ...(awaits && { awaitsGateways: true }),
      },
      state: freshState,
      events: [],
    };
    await insertService(tx, service);
    await putTags(tx, service.arn, tags);
    const { revision, controller } = service.document;
    if (revision !== undefined && controller === "ECS" && !awaits)
      await beginDeployment(tx, ctx, service, revision);
    if (revision !== undefined && controller === "CODE_DEPLOY") {
      await putTaskSet(tx, {
        key,
        number: deploymentNumber(ctx.random),
        status: "PRIMARY",
        createdAt: ctx.now,
        document: {
          revision,
          scale: 100,
          startedBy: "CODE_DEPLOY",
          fortune: freshFortune,
          stable: false,
          updatedAt: ctx.now,
          stabilityAt: ctx.now,
        },
      });
    }
    await enqueueService(tx, key);
    return { service: describeService(await viewService(tx, service), tags) };
  },
});

function keyOf(cluster: ClusterKey, service: string): ServiceKey {
  return { ...cluster, service };
}

/** What the service shall be. Throws what AWS throws for each member in turn. */
async function readService(ports: EcsPorts, ctx: PrepareContext, input: Input): Promise<ServiceDocument> {
  checkServiceName(input.serviceName);
  checkToken(input.clientToken);
  refuseLacking(input);
  const schedulingStrategy = input.schedulingStrategy ?? "REPLICA";
  const controller = input.deploymentController?.type ?? "ECS";
  const desiredCount = readDesiredCount(input.desiredCount, schedulingStrategy);
  const deploymentConfiguration = readDeploymentConfiguration(input.deploymentConfiguration, {
    schedulingStrategy,
    controller,
  });
  const { placementConstraints = [], placementStrategy = [] } = input;
  checkDaemon(schedulingStrategy, controller, input.launchType, placementStrategy);
  const revision = await readRevision(ports, ctx, input, controller);
  checkShift(deploymentConfiguration, input);
  checkConnected(controller, input.gatewayConnectors);
  if (revision !== undefined && input.enableExecuteCommand === true) {
    await needServiceTaskRole(ctx.rows, ctx, revision.taskDefinition, "created");
  }
  if (revision !== undefined) {
    checkDaemon(schedulingStrategy, controller, launchTypeOfCapacity(revision.capacity), placementStrategy);
  }
  const document = {
    desiredCount,
    ...(revision !== undefined && { revision }),
    deploymentConfiguration,
    schedulingStrategy,
    controller,
    placementConstraints,
    placementStrategy,
    healthCheckGracePeriodSeconds: readGracePeriod(input.healthCheckGracePeriodSeconds ?? 0),
    availabilityZoneRebalancing: readRebalancing(
      input.availabilityZoneRebalancing,
      undefined,
      deploymentConfiguration,
      schedulingStrategy,
      placementStrategy,
    ),
    enableECSManagedTags: input.enableECSManagedTags ?? false,
    propagateTags: input.propagateTags ?? "NONE",
    enableExecuteCommand: input.enableExecuteCommand ?? false,
  };
  const creation = createHash("sha256")
    .update(JSON.stringify([document, input.tags ?? []]))
    .digest("base64url");
  return { ...document, createdBy: creatorOf(ctx.principal), creation };
}

/** AWS: who controls deployments from outside says in task sets what runs, not in the service. */
async function readRevision(
  ports: EcsPorts,
  ctx: PrepareContext,
  input: Input,
  controller: ecs.DeploymentControllerType,
): Promise<Revision | undefined> {
  if (controller === "EXTERNAL") {
    const { taskDefinition, networkConfiguration, platformVersion } = input;
    const { capacityProviderStrategy, loadBalancers, serviceRegistries } = input;
    // Ours.
    const given = Object.entries({
      taskDefinition,
      networkConfiguration,
      platformVersion,
      capacityProviderStrategy,
      loadBalancers,
      serviceRegistries,
    });
    const isGiven = (value: unknown): boolean =>
      value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);
    const wrong = given.find(([, value]) => isGiven(value))?.[0];
    if (wrong === undefined) return undefined;
    throw invalidParameter(
      `${wrong} is set in the task sets of a service with the EXTERNAL deployment controller, not in the service.`,
    );
  }
  if (input.taskDefinition === undefined || input.taskDefinition === "") {
    throw invalidParameter("TaskDefinition can not be blank.");
  }
  const cluster = await ownCluster(ctx.rows, input.cluster, ctx);
  const { launchType, capacityProviderStrategy } = input;
  return admitRevision(ports, ctx, cluster, {
    ...input,
    taskDefinition: input.taskDefinition,
    capacity: { launchType, capacityProviderStrategy },
    serviceArn: serviceArn(keyOf(cluster.key, input.serviceName)),
  });
}

/** AWS: `createdBy` is the caller's ARN; of a session that of its role. */
function creatorOf(principal: Principal): string {
  if (principal.type === "AssumedRole") return principal.roleArn;
  return "arn" in principal ? principal.arn : "";
}

async function checkQuota(tx: Tx, cluster: ClusterKey): Promise<void> {
  const { count } = await tx
    .tables<ServiceTables>()
    .selectFrom("ecs_service")
    .select((row) => row.fn.countAll<number | string>().as("count"))
    .where((is) => is.and(clusterColumns(cluster)))
    .where("status", "<>", "INACTIVE")
    .executeTakeFirstOrThrow();
  if (Number(count) < mostServices) return;
  // Ours: AWS's words for the quota are not known.
  throw invalidParameter(`The limit of ${mostServices} services in ${clusterArn(cluster)} has been reached.`);
}
