import type * as ecs from "@aws-sdk/client-ecs";
import { type InputOf, StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { clusterArn, type ServiceKey, serviceArn, taskSetArn } from "../arn.ts";
import { providerContext } from "../capacity-providers/strategy.ts";
import { needCluster, ownCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import type { EcsPorts } from "../ports.ts";
import { needRole } from "../role-use/role-creation.ts";
import { taggingPermission } from "../tags/tagging-permission.ts";
import { putTags, readTags, requestedTags, tagContext } from "../tags/tags.ts";
import { passTaskRoles } from "../task-definitions/pass-role.ts";
import { deploymentId, deploymentNumber } from "./deployment.ts";
import { definitionNamed, unknownDefinition } from "./permissions.ts";
import { admitRevision, needsServiceRole, type Revision } from "./revision.ts";
import { freshFortune } from "./schedule.ts";
import { changeService, needService, type Service, serviceNamed } from "./service.ts";
import { enqueueService } from "./service-job.ts";
import { checkToken } from "./settings.ts";
import { describeTaskSet, listTaskSets, putTaskSet, type TaskSet } from "./task-set.ts";

/** Developer Guide, "Amazon ECS service quotas": task sets per service. */
const mostTaskSets = 5;

/** API Reference, CreateTaskSet, `externalId`: kept in a name of a Cloud Map attribute. */
const longestExternalId = 255;

type Input = InputOf<typeof ecs, "CreateTaskSet">;

/** The condition keys of everything about task sets. */
export function taskSetContext(key: ServiceKey) {
  return { "ecs:cluster": clusterArn(key), "ecs:service": serviceArn(key) };
}

/** Makes a task set of a service whose deployments are controlled from outside. */
export const createTaskSet = (ports: EcsPorts): WriteOperation<typeof ecs, "CreateTaskSet", Revision> => ({
  name: "CreateTaskSet",
  async authorise(input, ctx) {
    const key = serviceNamed(input.cluster, input.service, ctx);
    const tags = requestedTags(input.tags);
    const resource = taskSetArn(key, "*");
    const definition = await definitionNamed(ctx, input.taskDefinition);
    return [
      {
        action: "ecs:CreateTaskSet",
        resource,
        context: {
          ...taskSetContext(key),
          ...tagContext(tags),
          ...providerContext(
            (input.capacityProviderStrategy ?? []).map((item) => item.capacityProvider),
            ctx,
          ),
          "ecs:task-definition": definition?.arn ?? unknownDefinition(ctx, input.taskDefinition),
        },
      },
      ...passTaskRoles(ctx, definition?.definition.taskRoleArn, definition?.definition.executionRoleArn),
      ...(await taggingPermission(ctx, resource, tags, "CreateTaskSet")),
    ];
  },
  async prepare(ctx, input) {
    const cluster = await ownCluster(ctx.rows, input.cluster, ctx);
    const service = await needService(ctx.rows, serviceNamed(input.cluster, input.service, ctx));
    needForeign(service);
    checkInput(input);
    const { launchType, capacityProviderStrategy } = input;
    return admitRevision(ports, ctx, cluster, {
      ...input,
      capacity: { launchType, capacityProviderStrategy },
      placementConstraints: service.document.placementConstraints,
      placementStrategy: service.document.placementStrategy,
      serviceArn: service.arn,
    });
  },
  async commit(tx, ctx, input, revision) {
    const key = serviceNamed(input.cluster, input.service, ctx);
    await needCluster(tx, key);
    const service = await needService(tx, key);
    needForeign(service);
    if (needsServiceRole(revision)) await needRole(tx, ctx.account);
    const there = await listTaskSets(tx, key);
    if (there.filter(({ status }) => status !== "DRAINING").length >= mostTaskSets) {
      // Ours.
      throw new Fault("LimitExceededException", `A service can have at most ${mostTaskSets} task sets.`);
    }
    const taskSet: TaskSet = {
      key,
      number: deploymentNumber(ctx.random),
      status: "ACTIVE",
      createdAt: ctx.now,
      document: {
        revision,
        scale: readScale(input.scale, 0),
        ...(input.externalId !== undefined && { externalId: input.externalId }),
        fortune: freshFortune,
        stable: false,
        updatedAt: ctx.now,
        stabilityAt: ctx.now,
      },
    };
    await putTaskSet(tx, taskSet);
    const tags = readTags(input.tags);
    await putTags(tx, taskSetArn(key, deploymentId(taskSet.number)), tags);
    if ((await changeService(tx, service, {})) === undefined) {
      throw new StalePreparation(`${service.arn} has changed`);
    }
    await enqueueService(tx, key);
    const described = describeTaskSet(taskSet, service, { running: 0, pending: 0 });
    return { taskSet: { ...described, tags: tags.map(({ key, value }) => ({ key, value })) } };
  },
});

/** Throws `InvalidParameterException` for a service that controls its deployments itself. */
export function needForeign({ document }: Service): void {
  if (document.controller !== "ECS") return;
  throw invalidParameter(
    "DeploymentController for the service must be EXTERNAL or CODE_DEPLOY to use task sets.",
  );
}

/** The sentences are ours. */
function checkInput(input: Input): void {
  checkToken(input.clientToken);
  readScale(input.scale, 0);
  readTags(input.tags);
  if ((input.externalId ?? "").length > longestExternalId) {
    throw invalidParameter(`externalId can not be longer than ${longestExternalId}.`);
  }
  if ((input.loadBalancers ?? []).some(({ advancedConfiguration }) => advancedConfiguration !== undefined)) {
    throw invalidParameter(
      "advancedConfiguration is not for task sets: whoever controls them shifts traffic.",
    );
  }
}

/** A task set's share of the service's tasks, in percent. Throws `InvalidParameterException`; the text is ours. */
export function readScale(scale: ecs.Scale | undefined, otherwise: number): number {
  const value = scale?.value ?? otherwise;
  if (value >= 0 && value <= 100) return value;
  throw invalidParameter("scale.value must be between 0 and 100");
}
