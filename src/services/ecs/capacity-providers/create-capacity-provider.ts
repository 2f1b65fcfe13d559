import type * as ecs from "@aws-sdk/client-ecs";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { Authorisation, InputOf, WriteOperation } from "../../../dispatch/operation.ts";
import type { Tx } from "../../../store/types.ts";
import { type ClusterKey, capacityProviderArn, type Scope } from "../arn.ts";
import { changeCluster, needCluster, ownCluster } from "../clusters/cluster.ts";
import { clientFault, invalidParameter } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";
import { taggingPermission } from "../tags/tagging-permission.ts";
import { putTags, readTags, requestedTags, tagContext } from "../tags/tags.ts";
import { roleArn } from "../task-definitions/complete.ts";
import { admitNetwork } from "../tasks/admission.ts";
import { isPredefined } from "./capacity-provider.ts";
import { needComputeRole, prepareComputeRole } from "./compute-role.ts";
import { commitGroupProvider, prepareGroupProvider, refuseTaken } from "./group-changes.ts";
import type { GroupProviderDocument } from "./group-provider.ts";
import { admitInfrastructureRole } from "./infrastructure-role.ts";
import { readManagedProvider } from "./managed-configuration.ts";
import { describeManaged, insertProvider, listProviders, type ProviderDocument } from "./managed-provider.ts";
import { mostInCluster } from "./strategy.ts";

type Input = InputOf<typeof ecs, "CreateCapacityProvider">;

/** What a managed instances provider gives to the decision about a call. */
export function managedContext(
  managed:
    | ecs.CreateManagedInstancesProviderConfiguration
    | ecs.UpdateManagedInstancesProviderConfiguration
    | undefined,
): Readonly<Record<string, string | undefined>> {
  return {
    "ecs:propagate-tags": managed?.propagateTags,
    "ecs:instance-metadata-tags-propagation":
      managed?.instanceLaunchTemplate?.instanceMetadataTagsPropagation?.toString(),
  };
}

/** The infrastructure role is given to ECS (Developer Guide, "Amazon ECS infrastructure IAM role"). */
export function passInfrastructureRole(scope: Scope, role: string | undefined): readonly Authorisation[] {
  if (role === undefined) return [];
  const resource = roleArn(scope, role);
  return [{ action: "iam:PassRole", resource, context: { "iam:PassedToService": ecsPrincipal } }];
}

/** A provider of one of the two kinds, checked. */
type Prepared = { readonly managed: ProviderDocument } | { readonly ofGroup: GroupProviderDocument };

/** Makes a provider of an Auto Scaling group, or of managed instances in a cluster. It has no instances before a task waits for one. */
export const createCapacityProvider: WriteOperation<typeof ecs, "CreateCapacityProvider", Prepared> = {
  name: "CreateCapacityProvider",
  async authorise({ name, tags, managedInstancesProvider }, ctx) {
    const resource = capacityProviderArn(ctx, name);
    const wanted = requestedTags(tags);
    return [
      {
        action: "ecs:CreateCapacityProvider",
        resource,
        context: { ...tagContext(wanted), ...managedContext(managedInstancesProvider) },
      },
      ...(await taggingPermission(ctx, resource, wanted, "CreateCapacityProvider")),
      ...passInfrastructureRole(ctx, managedInstancesProvider?.infrastructureRoleArn),
    ];
  },
  async prepare(ctx, input) {
    checkName(input.name);
    const { autoScalingGroupProvider: group } = input;
    if (group !== undefined) {
      if (input.managedInstancesProvider !== undefined) {
        // Ours.
        throw invalidParameter(
          "Specify an Auto Scaling group provider or a managed instances provider, not both.",
        );
      }
      return { ofGroup: await prepareGroupProvider(ctx, input, group) };
    }
    const document = await wantedDocument(ctx, input);
    await prepareComputeRole(ctx);
    return { managed: document };
  },
  async commit(tx, ctx, input, prepared) {
    if ("ofGroup" in prepared) return commitGroupProvider(tx, ctx, input, prepared.ofGroup);
    const { managed: document } = prepared;
    const { name } = input;
    const { key } = await ownCluster(tx, input.cluster, ctx);
    await needComputeRole(tx, ctx.account);
    await refuseTaken(tx, { account: ctx.account, region: ctx.region, name });
    if ((await listProviders(tx, ctx, key.cluster)).length >= mostInCluster) {
      throw invalidParameter("The maximum number of capacity providers per cluster has been exceeded.");
    }
    const provider = await insertProvider(tx, {
      account: ctx.account,
      region: ctx.region,
      name,
      cluster: key.cluster,
      status: "ACTIVE",
      createdAt: ctx.now,
      document,
    });
    await associate(tx, key, name);
    const tags = readTags(input.tags);
    await putTags(tx, provider.arn, tags);
    return { capacityProvider: describeManaged(provider, tags) };
  },
};

/** Throws `InvalidParameterException`, `ClientException`; texts are ours. */
function checkName(name: string): void {
  if (isPredefined(name) || /^(aws|ecs|fargate)/i.test(name)) {
    throw clientFault(
      "The specified capacity provider name is reserved: it can not begin with aws, ecs or fargate.",
    );
  }
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) {
    throw invalidParameter(
      "Capacity provider names can have up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens.",
    );
  }
}

/** Throws `InvalidParameterException`, `ClientException`, `UnsupportedFeatureException`; texts are ours. */
async function wantedDocument(ctx: PrepareContext, input: Input): Promise<ProviderDocument> {
  const { managedInstancesProvider: managed } = input;
  if (managed === undefined) {
    throw invalidParameter("Specify an Auto Scaling group provider or a managed instances provider.");
  }
  if (input.cluster === undefined || input.cluster === "") {
    throw invalidParameter(
      "The Amazon ECS Managed Instances provider is not supported without a cluster name.",
    );
  }
  await ownCluster(ctx.rows, input.cluster, ctx);
  readTags(input.tags);
  const wanted = readManagedProvider(ctx.account, managed);
  await admitInfrastructureRole(ctx, wanted.infrastructureRoleArn);
  const zones = await admitNetwork(ctx, wanted.launchTemplate.networkConfiguration ?? {});
  return { ...wanted, zones: Object.fromEntries(zones), updateStatus: "CREATE_COMPLETE" };
}

/** AWS: a provider of managed instances belongs to its cluster from the beginning. */
async function associate(tx: Tx, key: ClusterKey, name: string): Promise<void> {
  const { document } = await needCluster(tx, key);
  if (document.capacityProviders.includes(name)) return;
  const capacityProviders = [...document.capacityProviders, name];
  await changeCluster(tx, key, { document: JSON.stringify({ ...document, capacityProviders }) });
}
