import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { invalid } from "../faults.ts";
import { describeGrants, grantFrom, keptPrincipal } from "../grant.ts";
import { pageOf, pageRequest } from "../paging.ts";
import type { KmsPorts } from "../ports.ts";
import type { KmsTables } from "../store.ts";

/** The grants of the caller's account and region that a principal may retire. */
export const listRetirableGrants = ({
  principals,
}: KmsPorts): ReadOperation<typeof kms, "ListRetirableGrants"> => ({
  name: "ListRetirableGrants",
  authorise: () => [{ action: "kms:ListRetirableGrants", resource: "*" }],
  async read(ctx, input) {
    const page = pageRequest(input, 50);
    const asked = input.RetiringPrincipal ?? input.RetiringServicePrincipal;
    if (asked === undefined) throw invalid("RetiringPrincipal is required.");
    const retiring = (await keptPrincipal(ctx.rows, principals, asked)) ?? asked;
    const found = await ctx.rows
      .tables<KmsTables>()
      .selectFrom("kms_grant")
      .selectAll()
      .where("retiring_principal", "=", retiring)
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("grant_id", ">", page.after)
      .orderBy("grant_id")
      .limit(page.limit + 1)
      .execute();
    const { rows, more } = pageOf(found.map(grantFrom), page, (grant) => grant.grantId);
    return { Grants: await describeGrants(ctx.rows, principals, rows), ...more };
  },
});
