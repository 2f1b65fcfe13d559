import type * as servicediscovery from "@aws-sdk/client-servicediscovery";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage, pageAfter } from "../../../kernel/page.ts";
import { onAll, onNamespace } from "../authorise.ts";
import { badNextToken } from "../faults.ts";
import { type Filters, readFilters } from "../filters.ts";
import type { CloudMapTables } from "../store.ts";
import {
  countServices,
  describeNamespace,
  type Namespace,
  namespaceOfRow,
  needNamespace,
} from "./namespace.ts";

export const getNamespace: ReadOperation<typeof servicediscovery, "GetNamespace"> = {
  name: "GetNamespace",
  authorise: ({ Id }, ctx) => onNamespace("GetNamespace", ctx, Id),
  async read(ctx, { Id }) {
    const namespace = await needNamespace(ctx.rows, ctx, Id);
    return { Namespace: describeNamespace(namespace, await countServices(ctx.rows, namespace.key)) };
  },
};

const pageSize = 100;

const conditions = {
  TYPE: ["EQ", "IN"],
  NAME: ["EQ", "BEGINS_WITH"],
  HTTP_NAME: ["EQ", "BEGINS_WITH"],
  RESOURCE_OWNER: ["EQ"],
} as const;

export const listNamespaces: ReadOperation<typeof servicediscovery, "ListNamespaces"> = {
  name: "ListNamespaces",
  authorise: () => onAll("ListNamespaces"),
  async read(ctx, { NextToken, MaxResults, Filters }) {
    const wanted = readFilters(Filters, conditions);
    const { after, limit } = pageAfter(NextToken, MaxResults ?? pageSize, badNextToken);
    // There are few namespaces (50 by quota), so filters choose among all that follow.
    const rows = await ctx.rows
      .tables<CloudMapTables>()
      .selectFrom("servicediscovery_namespace")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("id", ">", after)
      .where("status", "!=", "creating")
      .orderBy("id")
      .execute();
    const page = cutPage(
      rows.map(namespaceOfRow).filter((one) => shown(one, wanted)),
      limit,
      ({ key }) => [key.id],
    );
    return {
      Namespaces: await Promise.all(
        page.rows.map(async (one) => {
          const { CreatorRequestId: _, ...summary } = describeNamespace(
            one,
            await countServices(ctx.rows, one.key),
          );
          return summary;
        }),
      ),
      ...(page.next !== undefined && { NextToken: page.next }),
    };
  },
};

function shown(namespace: Namespace, filters: Filters<keyof typeof conditions>): boolean {
  const values = {
    TYPE: namespace.type,
    NAME: namespace.name,
    HTTP_NAME: namespace.httpName,
    // Nobody else's namespaces are shared with this account.
    RESOURCE_OWNER: "SELF",
  };
  return filters.every(({ name, meets }) => meets(values[name]));
}
