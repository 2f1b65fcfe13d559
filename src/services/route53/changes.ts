import type * as route53 from "@aws-sdk/client-route-53";
import type { CallContext } from "../../dispatch/context.ts";
import type { ReadOperation } from "../../dispatch/operation.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Tx } from "../../store/types.ts";
import { bareId, newId, route53Arn, shownId } from "./arn.ts";
import { namesChanged } from "./names-changed.ts";
import type { Route53Tables } from "./store.ts";

/** Notes a change of what names answer, and has DNS look anew. @returns what the answer tells of it. */
export async function noteChange(
  tx: Tx,
  ctx: CallContext,
  id: string,
  comment?: string,
): Promise<route53.ChangeInfo> {
  await tx
    .tables<Route53Tables>()
    .insertInto("route53_change")
    .values({ id, account: ctx.account, submitted_at: ctx.now, comment: comment ?? null })
    .execute();
  await namesChanged(tx, ctx.account);
  return infoOf({ id, submittedAt: ctx.now, comment }, "PENDING");
}

/** A new change's id. */
export function newChangeId({ random }: CallContext): string {
  return newId("C", random);
}

/** AWS: a change is INSYNC when every name server answers by it. Ours do as soon as it has committed. */
export const getChange: ReadOperation<typeof route53, "GetChange"> = {
  name: "GetChange",
  authorise: ({ Id }) => [{ action: "route53:GetChange", resource: route53Arn("change", Id) }],
  async read({ rows, account }, { Id = "" }) {
    const id = bareId(Id);
    const row = await rows
      .tables<Route53Tables>()
      .selectFrom("route53_change")
      .selectAll()
      .where("id", "=", id)
      .where("account", "=", account)
      .executeTakeFirst();
    if (row === undefined) throw new Fault("NoSuchChange", `Could not find resource with ID: ${id}`);
    const { submitted_at: submittedAt, comment } = row;
    return { ChangeInfo: infoOf({ id, submittedAt, comment: comment ?? undefined }, "INSYNC") };
  },
};

function infoOf(
  change: { readonly id: string; readonly submittedAt: number; readonly comment: string | undefined },
  status: route53.ChangeStatus,
): route53.ChangeInfo {
  return {
    Id: shownId("change", change.id),
    Status: status,
    SubmittedAt: new Date(change.submittedAt),
    ...(change.comment !== undefined && { Comment: change.comment }),
  };
}
