import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { apiCreation } from "../account-creation.ts";
import { notFound } from "../faults.ts";
import { onNothing, requireSeen } from "../organization.ts";
import type { OrganizationsTables } from "../store.ts";

/** How far the making of an account has come. */
export const describeCreateAccountStatus: ReadOperation<typeof organizations, "DescribeCreateAccountStatus"> =
  {
    name: "DescribeCreateAccountStatus",
    authorise: onNothing("DescribeCreateAccountStatus"),
    async read({ rows, account }, { CreateAccountRequestId: id }) {
      const organization = await requireSeen(rows, account);
      const row = await rows
        .tables<OrganizationsTables>()
        .selectFrom("organizations_creation")
        .selectAll()
        .where("organization", "=", organization.id)
        .where("id", "=", id)
        .executeTakeFirst();
      if (row === undefined) throw notFound("CreateAccountStatus");
      return { CreateAccountStatus: apiCreation(row) };
    },
  };
