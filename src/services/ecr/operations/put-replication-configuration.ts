import type * as ecr from "@aws-sdk/client-ecr";
import { CreateServiceLinkedRoleCommand } from "@aws-sdk/client-iam";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { updateRegistry } from "../registry.ts";
import { replicationPrincipal } from "../replication-job.ts";
import { checkReplication, describeReplication } from "../replication-rules.ts";
import { replicatingRegistries } from "../role-owner.ts";

/** How making sure of the role went; the commit decides whether it matters. */
interface Prepared {
  /** Why the role could not be created. */
  readonly denial?: Fault;
}

/**
 * Replaces the replication configuration of the caller's registry. The first one of an account creates the
 * service-linked role that will do the work, with the caller's own identity (User Guide, "Using service-linked roles
 * for Amazon ECR").
 * INVARIANT: there is no configuration with rules without the role. The commit takes the lock row that deleting the
 * role takes too.
 */
export const putReplicationConfiguration: WriteOperation<
  typeof ecr,
  "PutReplicationConfiguration",
  Prepared
> = {
  name: "PutReplicationConfiguration",
  authorise: onRegistry("ecr:PutReplicationConfiguration"),

  async prepare(ctx, input) {
    const configuration = describeReplication(input.replicationConfiguration);
    checkReplication(input.replicationConfiguration, registryOf({}, ctx));
    if (configuration.rules?.length === 0) return {};
    // A configuration in any region keeps the role from being deleted: it is there.
    if ((await replicatingRegistries(ctx.rows, ctx.account)).length > 0) return {};
    return await createRole(ctx);
  },

  async commit(tx, ctx, input, { denial }) {
    const { rules } = input.replicationConfiguration;
    if (rules.length > 0) {
      const lock = await tx.lockRole(ctx.account, replicationPrincipal);
      if (lock === "absent" && denial !== undefined) throw denial;
      if (lock !== "present") throw new StalePreparation(`the role of ${replicationPrincipal} is ${lock}`);
    }
    const configuration = describeReplication(input.replicationConfiguration);
    await updateRegistry(tx, registryOf({}, ctx), {
      replication: rules.length > 0 ? JSON.stringify(configuration) : null,
    });
    return { replicationConfiguration: configuration };
  },
};

/** Whether the caller may create the role matters only if it is not there yet. */
async function createRole(ctx: PrepareContext): Promise<Prepared> {
  try {
    await ctx
      .forward("ecr.amazonaws.com")
      .send(new CreateServiceLinkedRoleCommand({ AWSServiceName: replicationPrincipal }));
    return {};
  } catch (error) {
    if (isFault(error, "InvalidInput", "InvalidInputException")) return {};
    if (isFault(error, "AccessDenied", "AccessDeniedException")) {
      return { denial: new Fault("AccessDeniedException", error.message, { cause: error }) };
    }
    throw error;
  }
}
