import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { type Detail, detailKinds, detailsOf } from "../account-authorization-details.ts";
import { pageMembers, pageRequest } from "../paging.ts";
import type { IamPorts } from "../ports.ts";

/** Everything of IAM in an account: users, groups, roles and policies, and how they hang together. */
export const getAccountAuthorizationDetails = (
  ports: IamPorts,
): ReadOperation<typeof iam, "GetAccountAuthorizationDetails"> => ({
  name: "GetAccountAuthorizationDetails",
  authorise: () => [{ action: "iam:GetAccountAuthorizationDetails", resource: "*" }],
  async read(ctx, input) {
    const { after, limit } = pageRequest(input);
    const [kindBefore, keyBefore = ""] = after;
    const wanted = detailKinds.filter((kind) => input.Filter === undefined || input.Filter.includes(kind));
    // A page may begin in the midst of one kind and end in another.
    const start = wanted.findIndex((kind) => String(kind) === kindBefore);
    const left = wanted.slice(Math.max(start, 0));
    const fetched: Detail[] = [];
    for (const kind of left) {
      const from = kind === kindBefore ? keyBefore : "";
      const room = limit + 1 - fetched.length;
      if (room > 0) fetched.push(...(await detailsOf(ctx.rows, ports, ctx.account, kind, from, room)));
    }
    const page = cutPage(fetched, limit, ({ kind, key }) => [kind, key]);
    const of = <Kind extends Detail["kind"]>(...kinds: readonly Kind[]) =>
      page.rows.flatMap((row) =>
        kinds.some((kind) => kind === row.kind) ? [(row as Extract<Detail, { kind: Kind }>).detail] : [],
      );
    return {
      UserDetailList: of("User"),
      GroupDetailList: of("Group"),
      RoleDetailList: of("Role"),
      Policies: of("LocalManagedPolicy", "AWSManagedPolicy"),
      ...pageMembers(page),
    };
  },
});
