import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { pageToken } from "../../../kernel/page.ts";
import { clusterArn, clusterOf } from "../arn.ts";
import { needCluster } from "../clusters/cluster.ts";
import { pageSize, readAfter } from "../paging.ts";
import { listServicesOf, type Service } from "./service.ts";

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
    const cluster = await needCluster(ctx.rows, clusterOf(input.cluster, ctx));
    const wanted = ({ key, document }: Service): boolean =>
      key.service > after &&
      (input.launchType === undefined || document.revision?.capacity.launchType === input.launchType) &&
      (input.schedulingStrategy === undefined || document.schedulingStrategy === input.schedulingStrategy) &&
      (input.resourceManagementType ?? "CUSTOMER") === "CUSTOMER";
    const found = (await listServicesOf(ctx.rows, cluster.key)).filter(wanted);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      serviceArns: page.map(({ arn }) => arn),
      ...(last !== undefined && found.length > limit && { nextToken: pageToken([last.key.service]) }),
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
