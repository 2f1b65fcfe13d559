import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { serviceArn } from "../arn.ts";
import { needCluster } from "../clusters/cluster.ts";
import { pageSize, readAfter } from "../paging.ts";
import { findService, serviceNamed, serviceNotFound } from "./service.ts";
import { describeBriefly, listServiceDeployments as listOf } from "./service-deployment.ts";

/** API Reference, ListServiceDeployments: pages have 20 unless asked otherwise, and 100 at most. */
const defaultPage = 20;
const largestPage = 100;

/** The service deployments of a service, from the newest on. */
export const listServiceDeployments: ReadOperation<typeof ecs, "ListServiceDeployments"> = {
  name: "ListServiceDeployments",
  authorise: ({ cluster, service }, ctx) => [
    {
      action: "ecs:ListServiceDeployments",
      resource: serviceArn(serviceNamed(cluster, service, ctx)),
    },
  ],
  async read(ctx, input) {
    const limit = pageSize(input.maxResults ?? defaultPage, largestPage);
    const beyond = readAfter(input.nextToken, 2);
    const key = serviceNamed(input.cluster, input.service, ctx);
    await needCluster(ctx.rows, key);
    if ((await findService(ctx.rows, key)) === undefined) throw serviceNotFound();
    const found = await listOf(ctx.rows, key, {
      statuses: input.status ?? [],
      ...(input.createdAt?.after !== undefined && { after: input.createdAt.after.getTime() }),
      ...(input.createdAt?.before !== undefined && { before: input.createdAt.before.getTime() }),
      ...(beyond !== undefined && { beyond: [Number(beyond[0]), beyond[1] ?? ""] as const }),
      limit: limit + 1,
    });
    const page = cutPage(found, limit, ({ createdAt, progress }) => [String(createdAt), progress.id]);
    return { serviceDeployments: page.rows.map(describeBriefly), nextToken: page.next };
  },
};
