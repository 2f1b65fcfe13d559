import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { registryOf, repositoryArn } from "../arn.ts";
import { repositoryNotFound } from "../faults.ts";
import { defaultPage, readAfter } from "../images/list-images.ts";
import type { EcrPorts } from "../ports.ts";
import { describeRepository, repositoryFrom } from "../repositories/repository.ts";
import type { EcrTables } from "../store.ts";

/** The repositories of a registry in order of their names, or those of the given names. */
export const describeRepositories = ({
  registryNames,
}: EcrPorts): ReadOperation<typeof ecr, "DescribeRepositories"> => ({
  name: "DescribeRepositories",
  authorise(input, ctx) {
    const registry = registryOf(input, ctx);
    // AWS: a call that names none asks for all of them.
    const names = input.repositoryNames ?? ["*"];
    return names.map((name) => ({
      action: "ecr:DescribeRepositories",
      resource: repositoryArn({ ...registry, name }),
    }));
  },
  async read(ctx, input) {
    const registry = registryOf(input, ctx);
    const query = ctx.rows
      .tables<EcrTables>()
      .selectFrom("ecr_repository")
      .selectAll()
      .where("account", "=", registry.account)
      .where("region", "=", registry.region)
      .orderBy("name");
    if (input.repositoryNames !== undefined) {
      const found = await query.where("name", "in", input.repositoryNames).execute();
      const byName = new Map(found.map((row) => [row.name, row]));
      const repositories = [...new Set(input.repositoryNames)].map((name) => {
        const row = byName.get(name);
        if (row === undefined) throw repositoryNotFound({ ...registry, name });
        return describeRepository(repositoryFrom(row), registryNames, ctx);
      });
      return { repositories };
    }
    const limit = input.maxResults ?? defaultPage;
    const [after = ""] = readAfter(input.nextToken, 1) ?? [];
    const found = await query
      .where("name", ">", after)
      .limit(limit + 1)
      .execute();
    const page = cutPage(found, limit, (row) => [row.name]);
    return {
      repositories: page.rows.map((row) => describeRepository(repositoryFrom(row), registryNames, ctx)),
      nextToken: page.next,
    };
  },
});
