import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { registryOf } from "../arn.ts";
import { onRules } from "../pull-through/authorise.ts";
import { describeRule, needRule } from "../pull-through/rule.ts";
import type { PullThroughTables } from "../pull-through/store.ts";

/** Removes a rule. AWS: what was cached by it stays, as ordinary images. */
export const deletePullThroughCacheRule: WriteOperation<typeof ecr, "DeletePullThroughCacheRule"> = {
  name: "DeletePullThroughCacheRule",
  authorise: onRules("ecr:DeletePullThroughCacheRule"),
  async commit(tx, ctx, input) {
    const rule = await needRule(tx, registryOf(input, ctx), input.ecrRepositoryPrefix);
    await tx
      .tables<PullThroughTables>()
      .deleteFrom("ecr_pull_through_rule")
      .where("account", "=", rule.account)
      .where("region", "=", rule.region)
      .where("prefix", "=", rule.prefix)
      .execute();
    const { upstreamRegistry, ...described } = describeRule(rule);
    return { ...described, createdAt: new Date(rule.createdAt) };
  },
};
