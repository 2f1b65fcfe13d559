import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { capacityProviderArn } from "../arn.ts";
import { clientFault, invalidParameter } from "../faults.ts";
import { tagsOf } from "../tags/tags.ts";
import { admitNetwork } from "../tasks/admission.ts";
import { capacityProviderNotFound, isPredefined, providerName } from "./capacity-provider.ts";
import { managedContext, passInfrastructureRole } from "./create-capacity-provider.ts";
import { updateGroupProvider } from "./group-changes.ts";
import { admitGroup, readGroupProvider } from "./group-configuration.ts";
import { findGroupProvider } from "./group-provider.ts";
import { admitInfrastructureRole } from "./infrastructure-role.ts";
import { mergeManagedProvider } from "./managed-configuration.ts";
import { changeProvider, describeManaged, needProvider, type ProviderDocument } from "./managed-provider.ts";
import { enqueueProvider } from "./provider-job.ts";

/** Ours: AWS's words for changing a predefined provider are not known. */
export function refusePredefined(name: string): void {
  if (!isPredefined(name)) return;
  throw clientFault("The FARGATE and FARGATE_SPOT capacity providers are reserved and can not be changed.");
}

/** What a provider of one of the two kinds shall be, checked. */
type Prepared =
  | { readonly managed: Partial<ProviderDocument> }
  | { readonly ofGroup: ReturnType<typeof readGroupProvider> };

/** Changes what a provider's next instances are; those that run stay as they are. */
export const updateCapacityProvider: WriteOperation<typeof ecs, "UpdateCapacityProvider", Prepared> = {
  name: "UpdateCapacityProvider",
  authorise: ({ name, managedInstancesProvider }, ctx) => [
    {
      action: "ecs:UpdateCapacityProvider",
      resource: capacityProviderArn(ctx, providerName(name)),
      context: managedContext(managedInstancesProvider),
    },
    ...passInfrastructureRole(ctx, managedInstancesProvider?.infrastructureRoleArn),
  ],
  async prepare(ctx, input) {
    const name = providerName(input.name);
    refusePredefined(name);
    const { account, region } = ctx;
    if (input.autoScalingGroupProvider !== undefined) {
      const before = await findGroupProvider(ctx.rows, { account, region, name });
      if (before?.status !== "ACTIVE") throw capacityProviderNotFound();
      const ofGroup = readGroupProvider(input.autoScalingGroupProvider, before.document);
      await admitGroup(ctx, before.document.group, ofGroup);
      return { ofGroup };
    }
    if (input.managedInstancesProvider === undefined) {
      // Ours.
      throw invalidParameter("Specify the managed instances provider that is to be updated.");
    }
    const provider = await needProvider(ctx.rows, { account, region, name });
    const wanted = mergeManagedProvider(account, provider.document, input.managedInstancesProvider);
    await admitInfrastructureRole(ctx, wanted.infrastructureRoleArn);
    const zones = await admitNetwork(ctx, wanted.launchTemplate.networkConfiguration ?? {});
    return { managed: { ...wanted, zones: Object.fromEntries(zones) } };
  },
  async commit(tx, ctx, input, prepared) {
    const { account, region } = ctx;
    if ("ofGroup" in prepared)
      return updateGroupProvider(tx, ctx, providerName(input.name), prepared.ofGroup);
    const { managed: wanted } = prepared;
    const provider = await needProvider(tx, { account, region, name: providerName(input.name) });
    const document = { scaleInAfter: undefined, ...wanted, updateStatus: "UPDATE_COMPLETE" as const };
    const changed = await changeProvider(tx, provider, { document });
    await enqueueProvider(tx, changed);
    return { capacityProvider: describeManaged(changed, await tagsOf(tx, changed.arn)) };
  },
};
