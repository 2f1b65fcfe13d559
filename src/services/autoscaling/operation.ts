import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import type { AuthoriseContext, PrepareContext } from "../../dispatch/context.ts";
import type {
  Authorisation,
  InputOf,
  OperationName,
  OutputOf,
  ReadOperation,
} from "../../dispatch/operation.ts";
import { cutPage, readPageToken } from "../../kernel/page.ts";
import { groupArn } from "./arn.ts";
import { badNextToken } from "./faults.ts";
import { findGroup } from "./groups/group.ts";

/** The SDK client's types. */
export type AutoScaling = typeof autoscaling;

/** Asks for an action on a group. */
export async function onGroup(
  action: string,
  name: string | undefined,
  ctx: AuthoriseContext,
  context?: Authorisation["context"],
): Promise<readonly Authorisation[]> {
  const key = { account: ctx.account, region: ctx.region, name: name ?? "*" };
  const found = await findGroup(ctx.rows, key);
  return [
    {
      action: `autoscaling:${action}`,
      resource: groupArn(key, found?.id ?? "*"),
      ...(context !== undefined && { context }),
    },
  ];
}

/** An operation that only looks. AWS: actions that describe know no resource. */
export function describing<N extends OperationName<AutoScaling>>(
  name: N,
  read: (ctx: PrepareContext, input: InputOf<AutoScaling, N>) => Promise<OutputOf<AutoScaling, N>>,
): ReadOperation<AutoScaling, N> {
  return {
    name,
    authorise: () => [{ action: `autoscaling:${name}`, resource: "*" }],
    read: (ctx, input) => read(ctx, input),
  };
}

/** What a request says of the page that it wants. */
interface PageInput {
  readonly MaxRecords?: number | undefined;
  readonly NextToken?: string | undefined;
}

/**
 * Cuts a page out of a list.
 * @param key of an item, unique and ascending in the list. @throws Fault `InvalidNextToken`.
 */
export function paged<Item>(
  items: readonly Item[],
  input: PageInput,
  key: (item: Item) => string,
  usual = 50,
): { readonly items: readonly Item[]; readonly NextToken?: string } {
  const limit = Math.min(Math.max(input.MaxRecords ?? usual, 1), 100);
  let rest = items;
  if (input.NextToken !== undefined) {
    const [after] = readPageToken(input.NextToken) ?? [];
    const at = items.findIndex((item) => key(item) === after);
    if (after === undefined) throw badNextToken();
    // What stood there may be gone meanwhile: the list is ordered, but for activities, whose rows stay.
    rest = at >= 0 ? items.slice(at + 1) : items.filter((item) => key(item) > after);
  }
  const page = cutPage(rest.slice(0, limit + 1), limit, (item) => [key(item)]);
  return { items: page.rows, ...(page.next !== undefined && { NextToken: page.next }) };
}
