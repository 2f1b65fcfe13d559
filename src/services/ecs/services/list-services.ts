import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { cutPage } from "../../../kernel/page.ts";
import { clusterArn, clusterOf, serviceArn } from "../arn.ts";
import { clusterColumns, ownCluster } from "../clusters/cluster.ts";
import { pageSize, readAfter } from "../paging.ts";
import type { ServiceDocument } from "./service.ts";
import type { ServiceTables } from "./service-store.ts";

/** API Reference, ListServices: pages have 10 unless asked otherwise, and 100 at most. */
const defaultPage = 10;
const largestPage = 100;

/** The ARNs of a cluster's services, in order of their names. */
export const listServices: ReadOperation<typeof ecs, "ListServices"> = {
  name: "ListServices",
  authorise: ({ cluster }, ctx) => [
    {
      action: "ecs:ListServices",
      resource: "*",
      context: { "ecs:cluster": clusterArn(clusterOf(cluster, ctx)) },
    },
  ],
  async read(ctx, input) {
    const limit = pageSize(input.maxResults ?? defaultPage, largestPage);
    const [after = ""] = readAfter(input.nextToken, 1) ?? [];
    const cluster = await ownCluster(ctx.rows, input.cluster, ctx);
    const { launchType, schedulingStrategy, resourceManagementType = "CUSTOMER" } = input;
    const all = launchType === undefined && schedulingStrategy === undefined;
    const query = ctx.rows
      .tables<ServiceTables>()
      .selectFrom("ecs_service")
      .select(["name", "document"])
      .where((is) => is.and(clusterColumns(cluster.key)))
      .where("status", "<>", "INACTIVE")
      .where("name", ">", after)
      .orderBy("name");
    const rows = await (all ? query.limit(limit + 1) : query).execute();
    const found = rows.filter(({ document }) => {
      const told = JSON.parse(document) as ServiceDocument;
      return (
        resourceManagementType === "CUSTOMER" &&
        (launchType === undefined || told.revision?.capacity.launchType === launchType) &&
        (schedulingStrategy === undefined || told.schedulingStrategy === schedulingStrategy)
      );
    });
    const page = cutPage(found, limit, ({ name }) => [name]);
    return {
      serviceArns: page.rows.map(({ name }) => serviceArn({ ...cluster.key, service: name })),
      nextToken: page.next,
    };
  },
};

/** The services of a Service Connect namespace. Roadstead has no namespaces yet, so none is found. */
export const listServicesByNamespace: ReadOperation<typeof ecs, "ListServicesByNamespace"> = {
  name: "ListServicesByNamespace",
  authorise: ({ namespace }) => [
    {
      action: "ecs:ListServicesByNamespace",
      resource: "*",
      context: { "ecs:namespace": namespace },
    },
  ],
  async read(_ctx, { maxResults, nextToken }) {
    pageSize(maxResults, largestPage);
    readAfter(nextToken, 1);
    // AWS: as users have met it.
    throw new Fault("NamespaceNotFoundException", "The specified namespace was not found.");
  },
};
