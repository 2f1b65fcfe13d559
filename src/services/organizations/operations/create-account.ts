import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { apiCreation, type CreationJob, creationQueue } from "../account-creation.ts";
import { newAccountId, newId } from "../ids.ts";
import { onNothing, requireManaged } from "../organization.ts";
import type { CreationRow, OrganizationsTables } from "../store.ts";
import { tagContext, tagged } from "../tags.ts";

/**
 * Begins to make an account. The answer says that it is in progress; DescribeCreateAccountStatus tells the rest
 * (docs/decisions/new-accounts-are-furnished-by-their-root.md).
 */
export const createAccount: WriteOperation<typeof organizations, "CreateAccount"> = {
  name: "CreateAccount",
  authorise: onNothing("CreateAccount", tagContext),
  async commit(tx, { account, now, random, region }, input) {
    const organization = await requireManaged(tx, account);
    const row: CreationRow = {
      organization: organization.id,
      id: newId("car-", 32, random),
      state: "IN_PROGRESS",
      requested_at: now,
      completed_at: null,
      account: newAccountId(random),
      name: input.AccountName,
      email: input.Email,
      role_name: input.RoleName ?? "OrganizationAccountAccessRole",
      tags: JSON.stringify(tagged([], input.Tags)),
      failure: null,
    };
    await tx.tables<OrganizationsTables>().insertInto("organizations_creation").values(row).execute();
    const payload: CreationJob = {
      requestId: row.id,
      organization: organization.id,
      management: organization.management,
      newAccount: row.account,
      roleName: row.role_name,
    };
    await tx.enqueue({ queue: creationQueue, key: row.id, account, region, payload });
    return { CreateAccountStatus: apiCreation(row) };
  },
};
