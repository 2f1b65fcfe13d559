import { CreateServiceLinkedRoleCommand } from "@aws-sdk/client-iam";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { StalePreparation } from "../../../dispatch/operation.ts";
import type { RoleOwner } from "../../../dispatch/service.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { Tx } from "../../../store/types.ts";
import { capacityProviderArn } from "../arn.ts";
import { noServiceLinkedRole } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";
import type { ManagedTables } from "./managed-store.ts";
import { computePrincipal } from "./provider-job.ts";

/** What ECS gives the role as its description (account listings). */
const description =
  "Policy to enable Amazon ECS Compute to manage your EC2 instances and related resources as part of ECS managed instance.";

/**
 * Creates AWSServiceRoleForECSCompute with the caller's own identity, forwarded (Developer Guide, "Service-linked role
 * for Amazon ECS Managed Instances"). For `prepare` of CreateCapacityProvider. A denial is no failure here: it is one
 * for `needComputeRole`, when the role is not there.
 */
export async function prepareComputeRole(ctx: PrepareContext): Promise<void> {
  try {
    await ctx
      .forward(ecsPrincipal)
      .send(
        new CreateServiceLinkedRoleCommand({ AWSServiceName: computePrincipal, Description: description }),
      );
  } catch (error) {
    if (isFault(error, "InvalidInput", "InvalidInputException")) return;
    if (isFault(error, "AccessDenied", "AccessDeniedException")) return;
    throw error;
  }
}

/**
 * Takes, in the commit, the row that a deletion of the role takes too. Throws `InvalidParameterException` when the role
 * is not there: a provider that could not end its instances is not made. StalePreparation when it is being deleted.
 */
export async function needComputeRole(tx: Tx, account: AccountId): Promise<void> {
  const lock = await tx.lockRole(account, computePrincipal);
  if (lock === "absent") throw noServiceLinkedRole();
  if (lock === "deleting") throw new StalePreparation(`the role of ${computePrincipal} is deleting`);
}

/** Who needs AWSServiceRoleForECSCompute: capacity providers of managed instances, in whichever region, until they are gone. */
export const computeRoleOwner: RoleOwner = {
  servicePrincipal: computePrincipal,
  createdBy: ["ecs:CreateCapacityProvider"],
  async usage(rows, account) {
    const providers = await rows
      .tables<ManagedTables>()
      .selectFrom("ecs_capacity_provider")
      .select(["region", "name"])
      .where("account", "=", account)
      .where("status", "!=", "INACTIVE")
      .orderBy("region")
      .orderBy("name")
      .execute();
    const regions = [...new Set(providers.map(({ region }) => region as Region))];
    return regions.map((region) => ({
      region,
      resources: providers
        .filter((one) => one.region === region)
        .map(({ name }) => capacityProviderArn({ account, region }, name)),
    }));
  },
};
