import type * as servicediscovery from "@aws-sdk/client-servicediscovery";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage, pageAfter } from "../../../kernel/page.ts";
import { keyOf, serviceArn } from "../arn.ts";
import { onAll, onService } from "../authorise.ts";
import { badNextToken } from "../faults.ts";
import { readFilters } from "../filters.ts";
import type { CloudMapTables } from "../store.ts";
import { countInstances, describeService, needService, serviceOfRow } from "./cloud-map-service.ts";

export const getService: ReadOperation<typeof servicediscovery, "GetService"> = {
  name: "GetService",
  authorise: ({ Id }, ctx) => onService("GetService", ctx, Id),
  async read(ctx, { Id }) {
    const service = await needService(ctx.rows, ctx, Id);
    return { Service: describeService(service, await countInstances(ctx.rows, service.key)) };
  },
};

export const getServiceAttributes: ReadOperation<typeof servicediscovery, "GetServiceAttributes"> = {
  name: "GetServiceAttributes",
  authorise: ({ ServiceId }, ctx) => onService("GetServiceAttributes", ctx, ServiceId),
  async read(ctx, { ServiceId }) {
    const { key, attributes } = await needService(ctx.rows, ctx, ServiceId);
    return {
      ServiceAttributes: {
        ServiceArn: serviceArn(key),
        ResourceOwner: key.account,
        Attributes: { ...attributes },
      },
    };
  },
};

const pageSize = 100;

export const listServices: ReadOperation<typeof servicediscovery, "ListServices"> = {
  name: "ListServices",
  authorise: () => onAll("ListServices"),
  async read(ctx, { NextToken, MaxResults, Filters }) {
    const { after, limit } = pageAfter(NextToken, MaxResults ?? pageSize, badNextToken);
    let query = ctx.rows
      .tables<CloudMapTables>()
      .selectFrom("servicediscovery_service")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("id", ">", after);
    for (const { name, values, meets } of readFilters(Filters, {
      NAMESPACE_ID: ["EQ"],
      RESOURCE_OWNER: ["EQ"],
    } as const)) {
      if (name === "NAMESPACE_ID") query = query.where("namespace_id", "=", keyOf(ctx, values[0]).id);
      // Nobody else's namespaces are shared with this account.
      else if (!meets("SELF")) return { Services: [] };
    }
    const rows = await query
      .orderBy("id")
      .limit(limit + 1)
      .execute();
    const page = cutPage(rows, limit, ({ id }) => [id]);
    return {
      Services: await Promise.all(
        page.rows.map(serviceOfRow).map(async (one) => {
          const { CreatorRequestId: _, ...summary } = describeService(
            one,
            await countInstances(ctx.rows, one.key),
          );
          return summary;
        }),
      ),
      ...(page.next !== undefined && { NextToken: page.next }),
    };
  },
};
