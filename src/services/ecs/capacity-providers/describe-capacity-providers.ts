import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { capacityProviderArn } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { pageSize, readAfter } from "../paging.ts";
import { tagsOfAll } from "../tags/tags.ts";
import { describePredefined, isPredefined, predefinedProviders, providerName } from "./capacity-provider.ts";
import { describeGroupProvider, findGroupProvider, listGroupProviders } from "./group-provider.ts";
import { describeManaged, findProvider, listProviders } from "./managed-provider.ts";

/** AWS: a page of capacity providers has at most ten. */
const largestPage = 10;

/** The capacity providers of the given names or ARNs, those of a cluster, or all. */
export const describeCapacityProviders: ReadOperation<typeof ecs, "DescribeCapacityProviders"> = {
  name: "DescribeCapacityProviders",
  authorise({ capacityProviders }, ctx) {
    // AWS: a call that names none asks for all of them.
    const names = capacityProviders?.map(providerName) ?? ["*"];
    return names.map((name) => ({
      action: "ecs:DescribeCapacityProviders",
      resource: capacityProviderArn(ctx, name),
    }));
  },
  async read(ctx, input) {
    const { account, region, rows } = ctx;
    const limit = pageSize(input.maxResults, largestPage);
    const [after = ""] = readAfter(input.nextToken, 1) ?? [];
    const cluster = input.cluster === undefined ? undefined : await ownCluster(rows, input.cluster, ctx);
    const wanted = input.capacityProviders?.map(providerName) ??
      cluster?.document.capacityProviders ?? [
        ...predefinedProviders,
        ...(await listProviders(rows, ctx)).map(({ name }) => name),
        ...(await listGroupProviders(rows, ctx)).map(({ name }) => name),
      ];
    const found: { name: string; described: ecs.CapacityProvider }[] = [];
    const failures: ecs.Failure[] = [];
    const withTags = input.include?.includes("TAGS") ?? false;
    for (const name of [...new Set(wanted)].sort()) {
      const managed = isPredefined(name) ? undefined : await findProvider(rows, { account, region, name });
      const ofGroup = isPredefined(name)
        ? undefined
        : await findGroupProvider(rows, { account, region, name });
      if (ofGroup !== undefined && (ofGroup.status !== "INACTIVE" || managed === undefined)) {
        const tags = withTags ? ((await tagsOfAll(rows, [ofGroup.arn])).get(ofGroup.arn) ?? []) : [];
        found.push({ name, described: describeGroupProvider(ofGroup, tags) });
      } else if (isPredefined(name)) found.push({ name, described: describePredefined(ctx, name) });
      else if (managed === undefined)
        failures.push({ arn: capacityProviderArn(ctx, name), reason: "MISSING" });
      else {
        const tags = withTags ? ((await tagsOfAll(rows, [managed.arn])).get(managed.arn) ?? []) : [];
        found.push({ name, described: describeManaged(managed, tags) });
      }
    }
    const rest = found.filter(({ name }) => name > after);
    const page = cutPage(rest.slice(0, limit + 1), limit, ({ name }) => [name]);
    return {
      capacityProviders: page.rows.map(({ described }) => described),
      failures,
      nextToken: page.next,
    };
  },
};
