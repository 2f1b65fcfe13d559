import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { updateRegistry } from "../registry.ts";
import { replicationPrincipal } from "../replication/job.ts";
import { replicatingRegistries } from "../replication/role-owner.ts";
import { checkReplication, describeReplication } from "../replication/rules.ts";
import { holdRole, prepareRole, type RolePreparation } from "../role-creation.ts";

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
  RolePreparation
> = {
  name: "PutReplicationConfiguration",
  authorise: onRegistry("ecr:PutReplicationConfiguration"),

  async prepare(ctx, input) {
    const configuration = describeReplication(input.replicationConfiguration);
    checkReplication(input.replicationConfiguration, registryOf({}, ctx));
    if (configuration.rules?.length === 0) return {};
    // A configuration in any region keeps the role from being deleted: it is there.
    if ((await replicatingRegistries(ctx.rows, ctx.account)).length > 0) return {};
    return await prepareRole(ctx, replicationPrincipal);
  },

  async commit(tx, ctx, input, role) {
    const { rules } = input.replicationConfiguration;
    if (rules.length > 0) {
      await holdRole(tx, ctx.account, replicationPrincipal, role);
    }
    const configuration = describeReplication(input.replicationConfiguration);
    await updateRegistry(tx, registryOf({}, ctx), {
      replication: rules.length > 0 ? JSON.stringify(configuration) : null,
    });
    return { replicationConfiguration: configuration };
  },
};
