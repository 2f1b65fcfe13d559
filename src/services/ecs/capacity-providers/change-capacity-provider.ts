import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { Fault } from "../../../kernel/fault.ts";
import { capacityProviderArn } from "../arn.ts";
import { clientFault, invalidParameter, unsupported } from "../faults.ts";
import { taggingPermission } from "../tags/tagging-permission.ts";
import { requestedTags, tagContext } from "../tags/tags.ts";
import { capacityProviderNotFound, isCapacityProvider, providerName } from "./capacity-provider.ts";

/** What of a managed instances provider policies may look at. */
interface ManagedInstances {
  readonly propagateTags?: string;
  readonly instanceLaunchTemplate?: { readonly instanceMetadataTagsPropagation?: boolean };
}

function managedContext(managed: ManagedInstances | undefined): Readonly<Record<string, string | undefined>> {
  return {
    "ecs:propagate-tags": managed?.propagateTags,
    "ecs:instance-metadata-tags-propagation":
      managed?.instanceLaunchTemplate?.instanceMetadataTagsPropagation?.toString(),
  };
}

/** Ours: AWS's words for changing a predefined provider are not known. */
function notChangeable(named: string): Fault {
  return isCapacityProvider(providerName(named))
    ? clientFault("The FARGATE and FARGATE_SPOT capacity providers are reserved and can not be changed.")
    : capacityProviderNotFound();
}

/** Refused: what it would grow is not there. */
export const createCapacityProvider: WriteOperation<typeof ecs, "CreateCapacityProvider"> = {
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
    ];
  },
  async commit(_tx, _ctx, { name, autoScalingGroupProvider, managedInstancesProvider }) {
    if (isCapacityProvider(name) || /^(aws|ecs|fargate)/i.test(name)) {
      throw clientFault(
        "The specified capacity provider name is reserved: it can not begin with aws, ecs or fargate.",
      );
    }
    if (autoScalingGroupProvider !== undefined) {
      throw unsupported("autoScalingGroupProvider is not supported: there are no Auto Scaling groups here.");
    }
    if (managedInstancesProvider !== undefined) {
      throw unsupported("managedInstancesProvider is not supported: there are no EC2 instances here.");
    }
    throw invalidParameter("Specify an Auto Scaling group provider or a managed instances provider.");
  },
};

/** Refused: there is none that could be changed. */
export const updateCapacityProvider: WriteOperation<typeof ecs, "UpdateCapacityProvider"> = {
  name: "UpdateCapacityProvider",
  authorise: ({ name, managedInstancesProvider }, ctx) => [
    {
      action: "ecs:UpdateCapacityProvider",
      resource: capacityProviderArn(ctx, providerName(name)),
      context: managedContext(managedInstancesProvider),
    },
  ],
  async commit(_tx, _ctx, { name }) {
    throw notChangeable(name);
  },
};

/** Refused: there is none that could be deleted. */
export const deleteCapacityProvider: WriteOperation<typeof ecs, "DeleteCapacityProvider"> = {
  name: "DeleteCapacityProvider",
  authorise: ({ capacityProvider }, ctx) => [
    {
      action: "ecs:DeleteCapacityProvider",
      resource: capacityProviderArn(ctx, providerName(capacityProvider)),
    },
  ],
  async commit(_tx, _ctx, { capacityProvider }) {
    throw notChangeable(capacityProvider);
  },
};
