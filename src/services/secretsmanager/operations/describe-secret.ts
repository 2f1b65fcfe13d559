import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onSecret } from "../on-secret.ts";
import { replicationStatus } from "../replicas.ts";
import { describeSecret as describe, needSecret } from "../secret.ts";
import { versionsOf, wireStages } from "../versions.ts";

/** Everything of a secret but its values; of one that is marked for deletion too. */
export const describeSecret: ReadOperation<typeof secretsmanager, "DescribeSecret"> = {
  name: "DescribeSecret",
  authorise: onSecret("secretsmanager:DescribeSecret"),
  async read(ctx, input) {
    const secret = await needSecret(ctx.rows, ctx, input.SecretId);
    return {
      ...describe(secret),
      ReplicationStatus: replicationStatus(secret),
      VersionIdsToStages: wireStages(await versionsOf(ctx.rows, secret)),
    };
  },
};
