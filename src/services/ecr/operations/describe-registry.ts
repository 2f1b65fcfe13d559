import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { findRegistry } from "../registry.ts";
import { describeReplication } from "../replication/rules.ts";

/** The caller's registry and its replication configuration. */
export const describeRegistry: ReadOperation<typeof ecr, "DescribeRegistry"> = {
  name: "DescribeRegistry",
  authorise: onRegistry("ecr:DescribeRegistry"),
  async read(ctx) {
    const registry = await findRegistry(ctx.rows, registryOf({}, ctx));
    return {
      registryId: registry.account,
      replicationConfiguration: describeReplication(registry.replication),
    };
  },
};
