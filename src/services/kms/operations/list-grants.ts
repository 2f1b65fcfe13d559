import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { describeGrants, grantsOf, keptPrincipal } from "../grant.ts";
import { onKey, viaService } from "../on-key.ts";
import { pageOf, pageRequest } from "../paging.ts";
import type { KmsPorts } from "../ports.ts";
import { needKey } from "../resolve.ts";

/** The grants of a key, or those of them that have an id or a grantee. */
export const listGrants = ({ principals }: KmsPorts): ReadOperation<typeof kms, "ListGrants"> => ({
  name: "ListGrants",
  authorise: onKey("kms:ListGrants", (_input, ctx) => ({
    "kms:GrantIsForAWSResource": String(viaService(ctx) !== undefined),
  })),
  async read(ctx, input) {
    const page = pageRequest(input, 50);
    const key = await needKey(ctx.rows, ctx, input.KeyId);
    const asked = input.GranteePrincipal ?? input.GranteeServicePrincipal;
    // One that is gone is asked for by the id that it is shown by.
    const grantee = asked && ((await keptPrincipal(ctx.rows, principals, asked)) ?? asked);
    const found = (await grantsOf(ctx.rows, key)).filter(
      (grant) =>
        grant.grantId > page.after &&
        (input.GrantId === undefined || grant.grantId === input.GrantId) &&
        (grantee === undefined || grant.grantee === grantee),
    );
    const { rows, more } = pageOf(found, page, (grant) => grant.grantId);
    return { Grants: await describeGrants(ctx.rows, principals, rows), ...more };
  },
});
