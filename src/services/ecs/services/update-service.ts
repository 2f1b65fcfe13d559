import { isDeepStrictEqual } from "node:util";
import type * as ecs from "@aws-sdk/client-ecs";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { type InputOf, StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { serviceArn } from "../arn.ts";
import { needCluster, ownCluster } from "../clusters/cluster.ts";
import { needServiceTaskRole } from "../exec/exec-agent.ts";
import { invalidParameter, noServiceLinkedRole, unsupported } from "../faults.ts";
import { connectService } from "../gateways/connect-service.ts";
import { checkShift } from "../load-balancers/shift.ts";
import type { EcsPorts } from "../ports.ts";
import { holdRole, prepareRole, type RolePreparation } from "../role-use/role-creation.ts";
import { tagsOf } from "../tags/tags.ts";
import { launchTypeOfCapacity } from "../tasks/capacity.ts";
import { beginDeployment } from "./begin-deployment.ts";
import { readDeploymentConfiguration } from "./deployment-configuration.ts";
import { describeService, viewService } from "./describe.ts";
import { emitNotices } from "./notices.ts";
import { servicePermissions } from "./permissions.ts";
import { admitRevision, type ContainerImage, needsServiceRole, type Revision } from "./revision.ts";
import { changeService, needService, type Service, type ServiceDocument, serviceNamed } from "./service.ts";
import { enqueueService } from "./service-job.ts";
import { checkDaemon, readGracePeriod, readRebalancing, readTaskCount, refuseLacking } from "./settings.ts";

type Input = InputOf<typeof ecs, "UpdateService">;

interface Admitted {
  /** What the service had been told when it was looked at. */
  readonly before: ServiceDocument;
  readonly document: ServiceDocument;
  /** Whether a new deployment follows. */
  readonly deploys: boolean;
  readonly role: RolePreparation;
}

/** Members that are a revision's: a change of one begins a deployment (API Reference, UpdateService). */
const ofRevision = [
  "taskDefinition",
  "networkConfiguration",
  "platformVersion",
  "capacityProviderStrategy",
  "loadBalancers",
  "serviceRegistries",
  "serviceConnectConfiguration",
  "gatewayConnectors",
] as const;

/** Changes a service, and deploys what it shall run when that has changed, or when it is forced. */
export const updateService = (ports: EcsPorts): WriteOperation<typeof ecs, "UpdateService", Admitted> => ({
  name: "UpdateService",
  authorise: (input, ctx) =>
    servicePermissions("ecs:UpdateService", serviceNamed(input.cluster, input.service, ctx), input, ctx, {}),
  async prepare(ctx, input) {
    const key = serviceNamed(input.cluster, input.service, ctx);
    await needCluster(ctx.rows, key);
    const service = await needService(ctx.rows, key);
    const role = await prepareRole(ctx);
    return { before: service.document, role, ...(await readUpdate(ports, ctx, service, input)) };
  },
  async commit(tx, ctx, input, { before, document, deploys, role }) {
    const key = serviceNamed(input.cluster, input.service, ctx);
    await needCluster(tx, key);
    const service = await needService(tx, key);
    if (!isDeepStrictEqual(service.document, before)) {
      throw new StalePreparation(`${service.arn} has changed`);
    }
    const held = await holdRole(tx, ctx.account, role);
    if (!held && deploys && document.revision !== undefined && needsServiceRole(document.revision)) {
      throw noServiceLinkedRole();
    }
    const connected = deploys && document.revision && (await connectService(tx, ctx, key, document.revision));
    const changed = await changeService(tx, service, { document: deploying(document, connected) });
    if (changed === undefined) throw new StalePreparation(`${service.arn} has changed`);
    if (connected && changed.document.awaitsGateways === undefined) {
      await beginDeployment(tx, ctx, changed, connected);
    }
    if (document.desiredCount !== service.document.desiredCount) {
      const event = {
        type: "ECS Service Action",
        eventType: "INFO",
        eventName: "SERVICE_DESIRED_COUNT_UPDATED",
      } as const;
      await emitNotices(tx, key, [{ event }], ctx);
    }
    await enqueueService(tx, key);
    return { service: describeService(await viewService(tx, changed), await tagsOf(tx, changed.arn)) };
  },
});

/** The service with what it shall run, which waits as long as a gateway route of it is not made. */
function deploying(document: ServiceDocument, revision: Revision | undefined | false): ServiceDocument {
  if (!revision) return document;
  const { awaitsGateways: _past, ...rest } = document;
  const { gatewayIngress } = revision;
  const awaits = gatewayIngress !== undefined && gatewayIngress.made === undefined;
  return { ...rest, revision, ...(awaits && { awaitsGateways: true }) };
}

/** The service after the update. Throws what AWS throws for each member in turn. */
async function readUpdate(
  ports: EcsPorts,
  ctx: PrepareContext,
  service: Service,
  input: Input,
): Promise<Pick<Admitted, "document" | "deploys">> {
  const { document: before } = service;
  const { schedulingStrategy, controller } = before;
  refuseLacking({ ...input, serviceName: "" });
  if (input.deploymentController !== undefined && input.deploymentController.type !== controller) {
    throw unsupported("Roadstead does not change the deployment controller of a service.");
  }
  const deploymentConfiguration = readDeploymentConfiguration(
    input.deploymentConfiguration,
    { schedulingStrategy, controller },
    before.deploymentConfiguration,
  );
  const placementStrategy = input.placementStrategy ?? before.placementStrategy;
  const document: ServiceDocument = {
    ...before,
    desiredCount:
      input.desiredCount === undefined
        ? before.desiredCount
        : readTaskCount(input.desiredCount, schedulingStrategy),
    deploymentConfiguration,
    placementConstraints: input.placementConstraints ?? before.placementConstraints,
    placementStrategy,
    healthCheckGracePeriodSeconds: readGracePeriod(
      input.healthCheckGracePeriodSeconds ?? before.healthCheckGracePeriodSeconds,
    ),
    availabilityZoneRebalancing: readRebalancing(
      input.availabilityZoneRebalancing,
      before.availabilityZoneRebalancing,
      deploymentConfiguration,
      schedulingStrategy,
      placementStrategy,
    ),
    enableECSManagedTags: input.enableECSManagedTags ?? before.enableECSManagedTags,
    propagateTags: input.propagateTags ?? before.propagateTags,
    enableExecuteCommand: input.enableExecuteCommand ?? before.enableExecuteCommand,
  };
  const revised = ofRevision.some((member) => input[member] !== undefined);
  // An empty strategy is none: it leaves a launch type as it is.
  const strategy = input.capacityProviderStrategy;
  const launched = before.revision?.capacity.launchType !== undefined;
  const keepsCapacity = strategy === undefined || (strategy.length === 0 && launched);
  const forced = input.forceNewDeployment === true;
  if (controller !== "ECS") {
    refuseForeign(controller, input);
    return { document, deploys: false };
  }
  const { revision } = before;
  if (revision !== undefined && input.enableExecuteCommand === true) {
    const taskDefinition = input.taskDefinition ?? revision.taskDefinition;
    await needServiceTaskRole(ctx.rows, ctx, taskDefinition, "updated");
  }
  const { loadBalancers = revision?.loadBalancers } = input;
  const { gatewayConnectors = revision?.gatewayIngress?.connectors } = input;
  checkShift(deploymentConfiguration, { loadBalancers, gatewayConnectors });
  if (revision === undefined || !(revised || forced)) return { document, deploys: false };
  const cluster = await ownCluster(ctx.rows, input.cluster, ctx);
  const wished = await admitRevision(ports, ctx, cluster, {
    taskDefinition: input.taskDefinition ?? revision.taskDefinition,
    capacity: keepsCapacity ? revision.capacity : { capacityProviderStrategy: strategy },
    platformVersion: input.platformVersion ?? revision.platformVersion,
    networkConfiguration: input.networkConfiguration ?? revision.networkConfiguration,
    placementConstraints: document.placementConstraints,
    placementStrategy,
    loadBalancers,
    gatewayConnectors,
    serviceRegistries: input.serviceRegistries ?? revision.serviceRegistries,
    serviceConnectConfiguration: input.serviceConnectConfiguration ?? revision.serviceConnectConfiguration,
    serviceArn: serviceArn(serviceNamed(input.cluster, input.service, ctx)),
  });
  checkDaemon(schedulingStrategy, controller, launchTypeOfCapacity(wished.capacity), placementStrategy);
  if (!forced && isDeepStrictEqual(withoutDigests(wished), withoutDigests(revision))) {
    return { document, deploys: false };
  }
  return { document: { ...document, revision: wished }, deploys: true };
}

function withoutDigests(revision: Revision): object {
  const containerImages = revision.containerImages.map(
    ({ imageDigest: _resolved, ...image }): ContainerImage => image,
  );
  // What others offer meanwhile is no change of the service: the next deployment finds it.
  const serviceConnect = revision.serviceConnect && { ...revision.serviceConnect, routes: [] };
  // Nor is what was made for its routes.
  const gatewayIngress = revision.gatewayIngress && { ...revision.gatewayIngress, made: undefined };
  return JSON.parse(JSON.stringify({ ...revision, containerImages, serviceConnect, gatewayIngress }));
}

/** Throws `InvalidParameterException` for what somebody else controls. AWS's sentences as users have met them. */
function refuseForeign(controller: ecs.DeploymentControllerType, input: Input): void {
  const by = controller === "CODE_DEPLOY" ? "a CODE_DEPLOY" : "an EXTERNAL";
  const instead =
    controller === "CODE_DEPLOY"
      ? "Use AWS CodeDeploy to trigger a new deployment."
      : "Use CreateTaskSet to trigger a new deployment.";
  const refused: readonly (readonly [boolean, string])[] = [
    [input.taskDefinition !== undefined, "Unable to update task definition on services with"],
    [input.networkConfiguration !== undefined, "Unable to update network parameters on services with"],
    [input.platformVersion !== undefined, "Unable to update platform version on services with"],
    [
      (input.capacityProviderStrategy ?? []).length > 0,
      "Unable to update capacity provider strategy on services with",
    ],
    [input.loadBalancers !== undefined, "Unable to update load balancers on services with"],
    [input.serviceRegistries !== undefined, "Unable to update service registries on services with"],
    [(input.gatewayConnectors ?? []).length > 0, "Unable to update gateway connectors on services with"],
    [input.forceNewDeployment === true, "Cannot force a new deployment on services with"],
  ];
  const found = refused.find(([asked]) => asked);
  if (found !== undefined) {
    throw invalidParameter(`${found[1]} ${by} deployment controller. ${instead}`);
  }
}
