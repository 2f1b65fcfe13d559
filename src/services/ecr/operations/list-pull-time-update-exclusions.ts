import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { defaultPage, readAfter } from "../images/list-images.ts";
import type { PullTimeExclusionTables } from "../images/pull-time-exclusions.ts";

/** The principals whose pulls leave no pull time, in order of their ARNs. */
export const listPullTimeUpdateExclusions: ReadOperation<typeof ecr, "ListPullTimeUpdateExclusions"> = {
  name: "ListPullTimeUpdateExclusions",
  authorise: onRegistry("ecr:ListPullTimeUpdateExclusions"),
  async read(ctx, input) {
    const registry = registryOf({}, ctx);
    const limit = input.maxResults ?? defaultPage;
    const [after = ""] = readAfter(input.nextToken, 1) ?? [];
    const found = await ctx.rows
      .tables<PullTimeExclusionTables>()
      .selectFrom("ecr_pull_time_exclusion")
      .select("principal_arn")
      .where("account", "=", registry.account)
      .where("region", "=", registry.region)
      .where("principal_arn", ">", after)
      .orderBy("principal_arn")
      .limit(limit + 1)
      .execute();
    const page = cutPage(found, limit, (row) => [row.principal_arn]);
    return {
      pullTimeUpdateExclusions: page.rows.map((row) => row.principal_arn),
      nextToken: page.next,
    };
  },
};
