import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Tx } from "../../../store/types.ts";
import { newTargets } from "../load-balancers/task-target.ts";
import { zoneAttribute } from "../placement/place.ts";
import { calledPort, taskConnect } from "../service-connect/connect.ts";
import { newRegistries } from "../service-registries/task-registry.ts";
import { tagsOf } from "../tags/tags.ts";
import { findTaskDefinition } from "../task-definitions/task-definition.ts";
import { type Place, sharePlaces } from "../tasks/capacity.ts";
import { launchTasks } from "../tasks/launch.ts";
import { taskTags } from "../tasks/request.ts";
import { listServiceTasks, type Task } from "../tasks/task.ts";
import type { DeploymentDocument } from "./deployment.ts";
import { balancersOf, type Revision, taskNetwork } from "./revision.ts";
import type { Start } from "./schedule.ts";
import type { Service } from "./service.ts";

/** AWS: without a strategy a service spreads its tasks over zones, then over instances. */
const defaultStrategy: readonly ecs.PlacementStrategy[] = [
  { type: "spread", field: `attribute:${zoneAttribute}` },
  { type: "spread", field: "instanceId" },
];

/** What became of a start. */
export interface Started {
  readonly tasks: readonly Task[];
  readonly failures: readonly ecs.Failure[];
  /** Tasks that found no place. */
  readonly unplaced: number;
}

/**
 * Starts tasks of a deployment or task set. A strategy's providers get their shares of all that the deployment has.
 * AWS: a definition that was deregistered meanwhile is run all the same.
 */
export async function startTasks(
  tx: Tx,
  ctx: Pick<CallContext, "now" | "random">,
  { key, arn, document }: Service,
  {
    revision,
    targetGroups,
    externalId,
  }: Pick<DeploymentDocument, "revision" | "targetGroups"> & { readonly externalId?: string },
  { deployment, count, instances }: Start,
): Promise<Started> {
  const definition = await findTaskDefinition(tx, key, revision.taskDefinition);
  if (definition === undefined) return { tasks: [], failures: [], unplaced: count };
  const { enableECSManagedTags, propagateTags } = document;
  const tags = await taskTags(tx, {
    tags: propagateTags === "SERVICE" ? await tagsOf(tx, arn) : [],
    propagatedFrom: propagateTags === "TASK_DEFINITION" ? definition.arn : undefined,
    managed: enableECSManagedTags,
    cluster: key.cluster,
    service: key.service,
  });
  const tasks: Task[] = [];
  const failures: ecs.Failure[] = [];
  for (const { place, share } of await placesFor(tx, key, revision, deployment, count)) {
    const launched = await launchTasks(tx, ctx, {
      cluster: { account: key.account, region: key.region, cluster: key.cluster },
      definition,
      count: share,
      ...place,
      platformVersion: revision.platformVersion,
      network: taskNetwork(revision),
      zones: new Map(Object.entries(revision.zones)),
      startedBy: deployment,
      service: key.service,
      deployment,
      placementConstraints: document.placementConstraints,
      placementStrategy: document.placementStrategy.length > 0 ? document.placementStrategy : defaultStrategy,
      containerInstances: instances,
      enableExecuteCommand: document.enableExecuteCommand,
      imageDigests: pinnedDigests(revision),
      managedTags: enableECSManagedTags,
      registries: newRegistries(
        [
          ...(revision.serviceRegistries ?? []),
          ...(revision.serviceConnect?.services ?? []).map((service) => ({
            ...service,
            containerPort: calledPort(service),
          })),
        ],
        externalId,
      ),
      connect: revision.serviceConnect && taskConnect(revision.serviceConnect),
      targets: newTargets(balancersOf(revision) ?? [], targetGroups ?? []),
      tags,
    });
    tasks.push(...launched.tasks);
    failures.push(...launched.failures);
  }
  return { tasks, failures, unplaced: count - tasks.length };
}

/** How many tasks go to each place. */
async function placesFor(
  tx: Tx,
  key: Service["key"],
  { capacity }: Revision,
  deployment: string,
  count: number,
): Promise<readonly { readonly place: Place; readonly share: number }[]> {
  if (capacity.strategy === undefined) return [{ place: { launchType: capacity.launchType }, share: count }];
  const have = new Map<string, number>();
  for (const task of await listServiceTasks(tx, key)) {
    const provider = task.document.capacityProvider;
    if (task.deployment !== deployment || provider === undefined) continue;
    have.set(provider, (have.get(provider) ?? 0) + 1);
  }
  const shares = new Map<string, { readonly place: Place; share: number }>();
  for (const place of sharePlaces(capacity, count, have)) {
    const name = place.capacityProvider ?? place.launchType;
    const one = shares.get(name) ?? { place, share: 0 };
    one.share += 1;
    shares.set(name, one);
  }
  return [...shares.values()];
}

function pinnedDigests({ containerImages }: Revision): Readonly<Record<string, string>> {
  return Object.fromEntries(
    containerImages.flatMap(({ containerName, imageDigest, pinned }) =>
      pinned && imageDigest !== undefined ? [[containerName, imageDigest]] : [],
    ),
  );
}
