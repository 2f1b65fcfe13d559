import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { isExcluded, type PullTimeExclusionTables } from "../images/pull-time-exclusions.ts";

/** Ends an exclusion: the principal's pulls count again. */
export const deregisterPullTimeUpdateExclusion: WriteOperation<
  typeof ecr,
  "DeregisterPullTimeUpdateExclusion"
> = {
  name: "DeregisterPullTimeUpdateExclusion",
  authorise: onRegistry("ecr:DeregisterPullTimeUpdateExclusion"),
  async commit(tx, ctx, { principalArn }) {
    const registry = registryOf({}, ctx);
    if (!(await isExcluded(tx, registry, principalArn))) {
      // The words are ours.
      throw new Fault(
        "ExclusionNotFoundException",
        `The pull time update exclusion for principal '${principalArn}' does not exist in the registry with id '${registry.account}'`,
      );
    }
    await tx
      .tables<PullTimeExclusionTables>()
      .deleteFrom("ecr_pull_time_exclusion")
      .where("account", "=", registry.account)
      .where("region", "=", registry.region)
      .where("principal_arn", "=", principalArn)
      .execute();
    return { principalArn };
  },
};
