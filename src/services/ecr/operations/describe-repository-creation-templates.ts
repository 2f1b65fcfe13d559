import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { describeTemplate, templateFrom, templateKey } from "../creation-templates/creation-templates.ts";
import type { CreationTemplateTables } from "../creation-templates/store.ts";
import { defaultPage, readAfter } from "../images/list-images.ts";

/** The templates of a registry in order of their prefixes, or those of the given prefixes that are there. */
export const describeRepositoryCreationTemplates: ReadOperation<
  typeof ecr,
  "DescribeRepositoryCreationTemplates"
> = {
  name: "DescribeRepositoryCreationTemplates",
  authorise: onRegistry("ecr:DescribeRepositoryCreationTemplates"),
  async read(ctx, input) {
    const { account, region } = registryOf({}, ctx);
    const limit = input.maxResults ?? defaultPage;
    const [after = ""] = readAfter(input.nextToken, 1) ?? [];
    let query = ctx.rows
      .tables<CreationTemplateTables>()
      .selectFrom("ecr_creation_template")
      .selectAll()
      .where("account", "=", account)
      .where("region", "=", region)
      .where("prefix", ">", after)
      .orderBy("prefix")
      .limit(limit + 1);
    if (input.prefixes !== undefined && input.prefixes.length > 0) {
      query = query.where("prefix", "in", input.prefixes.map(templateKey));
    }
    const page = cutPage(await query.execute(), limit, (row) => [row.prefix]);
    return {
      registryId: account,
      repositoryCreationTemplates: page.rows.map((row) => describeTemplate(templateFrom(row))),
      nextToken: page.next,
    };
  },
};
