import type * as ecs from "@aws-sdk/client-ecs";
import { CreateClusterCommand, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import type { AuthoriseContext, PrepareContext } from "../../../dispatch/context.ts";
import type { Authorisation, InputOf, WriteOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { clusterOf, defaultCluster, type ServiceKey, serviceArn } from "../arn.ts";
import { admitInfrastructureRole } from "../capacity-providers/infrastructure-role.ts";
import { findCluster, ownCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import type { EcsPorts } from "../ports.ts";
import { ecsPrincipal } from "../role.ts";
import { needRole, prepareRole } from "../role-use/role-creation.ts";
import { readDeploymentConfiguration } from "../services/deployment-configuration.ts";
import { forgetService } from "../services/removal.ts";
import { admitRevision } from "../services/revision.ts";
import { freshState } from "../services/schedule.ts";
import { findService, insertService } from "../services/service.ts";
import { checkServiceName } from "../services/settings.ts";
import { taggingPermission } from "../tags/tagging-permission.ts";
import { putTags, readTags, requestedTags, tagContext } from "../tags/tags.ts";
import { passTaskRoles } from "../task-definitions/pass-role.ts";
import { needTaskDefinition } from "../task-definitions/task-definition.ts";
import {
  admitExpressNetwork,
  definitionOf,
  type ExpressWish,
  portOf,
  readConfiguration,
} from "./configuration.ts";
import {
  describeExpress,
  type ExpressConfiguration,
  type ExpressDocument,
  type ExpressNetwork,
  type ExpressService,
  findExpress,
  putExpress,
} from "./express-service.ts";

type Input = InputOf<typeof ecs, "CreateExpressGatewayService">;

interface Admitted {
  readonly name: string;
  readonly document: ExpressDocument;
}

/** AWS: an express service takes new revisions by a canary (Developer Guide, "Amazon ECS Express Mode services"). */
const deploymentConfiguration = readDeploymentConfiguration(
  {
    strategy: "CANARY",
    canaryConfiguration: { canaryPercent: 5, canaryBakeTimeInMinutes: 3 },
    deploymentCircuitBreaker: { enable: true, rollback: true },
  },
  { schedulingStrategy: "REPLICA", controller: "ECS" },
);

/**
 * Makes an express gateway service: a service on Fargate, and around it, as the infrastructure role, what leads requests
 * to it. The loop makes it; this is the wish.
 */
export const createExpressService = (
  ports: EcsPorts,
): WriteOperation<typeof ecs, "CreateExpressGatewayService", Admitted> => ({
  name: "CreateExpressGatewayService",
  async authorise(input, ctx) {
    const key = keyOf(input, ctx, input.serviceName ?? "*");
    const tags = requestedTags(input.tags);
    return [
      ...expressPermissions("ecs:CreateExpressGatewayService", key, input, ctx, tagContext(tags)),
      {
        action: "iam:PassRole",
        resource: input.infrastructureRoleArn,
        context: { "iam:PassedToService": ecsPrincipal },
      },
      ...(await taggingPermission(ctx, serviceArn(key), tags, "CreateExpressGatewayService")),
    ];
  },
  async prepare(ctx, input) {
    const hash = ctx.random.bytes(4).toString("hex");
    const name = input.serviceName ?? `express-${hash}`;
    checkServiceName(name);
    readTags(input.tags);
    await prepareRole(ctx);
    const there = await findCluster(ctx.rows, clusterOf(input.cluster, ctx));
    const named = there?.key.cluster ?? clusterOf(input.cluster, ctx).cluster;
    // AWS: the default cluster is made where it is missing.
    if (there?.status !== "ACTIVE" && named === defaultCluster) {
      await ctx.forward(ecsPrincipal).send(new CreateClusterCommand({ clusterName: defaultCluster }));
    }
    await ownCluster(ctx.rows, input.cluster, ctx);
    const infrastructureRoleArn = input.infrastructureRoleArn as Arn;
    await admitInfrastructureRole(ctx, infrastructureRoleArn);
    const network = await admitExpressNetwork(ctx, infrastructureRoleArn, input.networkConfiguration);
    const configuration = await readWish(ports, ctx, { wish: input, key: keyOf(input, ctx, name), network });
    const updatedAt = ctx.now;
    return {
      name,
      document: { infrastructureRoleArn, hash, configuration, network, resources: {}, updatedAt },
    };
  },
  async commit(tx, ctx, input, { name, document }) {
    const cluster = await ownCluster(tx, input.cluster, ctx);
    const key: ServiceKey = { ...cluster.key, service: name };
    await needRole(tx, ctx.account);
    const there = await findService(tx, key);
    if (there !== undefined && there.status !== "INACTIVE") {
      throw invalidParameter("Creation of service was not idempotent.");
    }
    if ((await findExpress(tx, key))?.status === "DRAINING") {
      throw invalidParameter("Unable to Start a service that is still Draining.");
    }
    if (there !== undefined) await forgetService(tx, there);
    const arn = serviceArn(key);
    await insertService(tx, {
      ...{ key, arn, status: "ACTIVE", version: 1, createdAt: ctx.now, state: freshState, events: [] },
      document: {
        desiredCount: 0,
        deploymentConfiguration,
        schedulingStrategy: "REPLICA",
        controller: "ECS",
        placementConstraints: [],
        placementStrategy: [],
        healthCheckGracePeriodSeconds: 0,
        availabilityZoneRebalancing: "ENABLED",
        enableECSManagedTags: true,
        propagateTags: "NONE",
        enableExecuteCommand: false,
        createdBy: "arn" in ctx.principal ? ctx.principal.arn : "",
        creation: document.hash,
        managedByEcs: true,
      },
    });
    await putTags(tx, arn, readTags(input.tags));
    const express: ExpressService = { key, status: "ACTIVE", createdAt: ctx.now, document };
    await putExpress(tx, express);
    return { service: describeExpress(express, {}) };
  },
});

function keyOf(input: Input, ctx: AuthoriseContext, service: string): ServiceKey {
  return { ...clusterOf(input.cluster, ctx), service };
}

/** What asking for an express service, or for another configuration of one, needs. */
export function expressPermissions(
  action: string,
  key: ServiceKey,
  wish: ExpressWish,
  ctx: AuthoriseContext,
  context: NonNullable<Authorisation["context"]>,
): readonly Authorisation[] {
  return [
    {
      action,
      resource: serviceArn(key),
      context: {
        ...context,
        "ecs:task-cpu": wish.cpu,
        "ecs:task-memory": wish.memory,
        "ecs:task-definition": wish.taskDefinitionArn,
        "ecs:subnet": wish.networkConfiguration?.subnets?.map((id) =>
          formatArn("ec2", ctx.region, ctx.account, `subnet/${id}`),
        ),
      },
    },
    ...passTaskRoles(ctx, wish.taskRoleArn, wish.executionRoleArn),
  ];
}

/**
 * The configuration that a call asks for, admitted as a service's revision is; where the call gives a container, its task
 * definition is registered with the caller's own identity.
 */
export async function readWish(
  ports: EcsPorts,
  ctx: PrepareContext,
  asked: {
    readonly wish: ExpressWish;
    readonly key: ServiceKey;
    readonly network: ExpressNetwork;
    readonly before?: ExpressConfiguration;
  },
): Promise<ExpressConfiguration> {
  const { wish, key, network, before } = asked;
  const read = readConfiguration(wish, before);
  const registers = wish.taskDefinitionArn === undefined;
  const registered = registers
    ? await ctx
        .forward(ecsPrincipal)
        .send(
          new RegisterTaskDefinitionCommand(definitionOf(`${key.cluster}-${key.service}`, read, ctx.region)),
        )
    : undefined;
  const taskDefinition = registered?.taskDefinition?.taskDefinitionArn ?? wish.taskDefinitionArn ?? "";
  const definition = await needTaskDefinition(ctx.rows, ctx, taskDefinition);
  const cluster = await ownCluster(ctx.rows, key.cluster, ctx);
  await admitRevision(ports, ctx, cluster, expressRevision(definition.arn, network, network.securityGroups));
  return {
    ...read,
    containerPort: registers ? read.containerPort : portOf(definition),
    taskDefinitionArn: definition.arn,
    createdAt: ctx.now,
  };
}

/** How an express service asks for a revision. @param securityGroups of its tasks. */
export function expressRevision(
  taskDefinition: string,
  { subnets, isPublic }: ExpressNetwork,
  securityGroups: readonly string[],
) {
  return {
    taskDefinition,
    capacity: { launchType: "FARGATE" as const },
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...subnets],
        securityGroups: [...securityGroups],
        assignPublicIp: isPublic ? ("ENABLED" as const) : ("DISABLED" as const),
      },
    },
  };
}
