import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { registryOf } from "../arn.ts";
import { defaultPage, readAfter } from "../images/list-images.ts";
import { onRules } from "../pull-through/authorise.ts";
import { ruleNotFound } from "../pull-through/faults.ts";
import { describeRule, type PullThroughRule, prefixKey, ruleFrom } from "../pull-through/rule.ts";
import type { PullThroughTables } from "../pull-through/store.ts";

/** The rules of a registry in order of their prefixes, or those with the given prefixes. */
export const describePullThroughCacheRules: ReadOperation<typeof ecr, "DescribePullThroughCacheRules"> = {
  name: "DescribePullThroughCacheRules",
  authorise: onRules("ecr:DescribePullThroughCacheRules"),
  async read(ctx, input) {
    const registry = registryOf(input, ctx);
    const query = ctx.rows
      .tables<PullThroughTables>()
      .selectFrom("ecr_pull_through_rule")
      .selectAll()
      .where("account", "=", registry.account)
      .where("region", "=", registry.region)
      .orderBy("prefix");
    if (input.ecrRepositoryPrefixes !== undefined) {
      const wanted = [...new Set(input.ecrRepositoryPrefixes.map(prefixKey))];
      const found = new Map(
        (await query.where("prefix", "in", wanted).execute()).map((row) => [row.prefix, row]),
      );
      const pullThroughCacheRules = wanted.map((prefix) => {
        const row = found.get(prefix);
        if (row === undefined) throw ruleNotFound(registry, prefix);
        return described(ruleFrom(row));
      });
      return { pullThroughCacheRules };
    }
    const limit = input.maxResults ?? defaultPage;
    const [after = ""] = readAfter(input.nextToken, 1) ?? [];
    const found = await query
      .where("prefix", ">", after)
      .limit(limit + 1)
      .execute();
    const page = cutPage(found, limit, (row) => [row.prefix]);
    return {
      pullThroughCacheRules: page.rows.map((row) => described(ruleFrom(row))),
      nextToken: page.next,
    };
  },
};

const described = (rule: PullThroughRule): ecr.PullThroughCacheRule => ({
  ...describeRule(rule),
  createdAt: new Date(rule.createdAt),
  updatedAt: new Date(rule.updatedAt),
});
