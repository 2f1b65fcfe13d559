import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { isFault } from "../../../kernel/fault.ts";
import { registryOf } from "../arn.ts";
import type { EcrPorts } from "../ports.ts";
import { onRules } from "../pull-through/authorise.ts";
import { describeRule, needRule } from "../pull-through/rule.ts";

/**
 * Asks the upstream registry of a rule whether it lets the rule's credentials in (User Guide, "Validating pull through
 * cache rules"). AWS: what is wrong with them is an answer, not an error.
 */
export const validatePullThroughCacheRule = ({
  pullThrough,
}: EcrPorts): ReadOperation<typeof ecr, "ValidatePullThroughCacheRule"> => ({
  name: "ValidatePullThroughCacheRule",
  authorise: onRules("ecr:ValidatePullThroughCacheRule"),
  async read(ctx, input) {
    const rule = await needRule(ctx.rows, registryOf(input, ctx), input.ecrRepositoryPrefix);
    const { upstreamRegistry, ...described } = describeRule(rule);
    try {
      await pullThrough?.check(ctx, rule);
      return { ...described, isValid: true };
    } catch (error) {
      if (!isFault(error)) throw error;
      return { ...described, isValid: false, failure: error.message };
    }
  },
});
