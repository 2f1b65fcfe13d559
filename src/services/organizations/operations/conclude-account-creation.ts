import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job, Tx } from "../../../store/types.ts";
import type { CreationJob } from "../account-creation.ts";
import { join } from "../accounts.ts";
import type { OrganizationsPorts } from "../ports.ts";
import { organizationsPrincipal, requireRole } from "../service-role.ts";
import type { CreationRow, OrganizationsTables } from "../store.ts";
import { readTags } from "../tags.ts";

/** What the worker found: the account has its roles, or it could not get them. */
export interface FurnishedAccount {
  readonly job: Job;
  readonly furnished: boolean;
}

/**
 * The last step of CreateAccount: the account becomes a member, or the request has failed. It ends its job in the same
 * transaction, so it happens once; false when the job is somebody else's by now, and nothing is written.
 */
export const concludeAccountCreation = ({
  jobs,
}: OrganizationsPorts): InternalOperation<FurnishedAccount, unknown, boolean> => ({
  service: "organizations",
  name: "ConcludeAccountCreation",
  onlyFor: organizationsPrincipal,
  // Organizations' own work in its own name: there is no policy to ask.
  authorise: () => [],
  // AWS shows the request in the trail, not the working on it.
  unrecorded: true,
  async commit(tx, { now }, { job, furnished }) {
    if (!(await jobs.finish(tx, job))) return false;
    const { requestId, organization } = job.payload as CreationJob;
    const row = await tx
      .tables<OrganizationsTables>()
      .selectFrom("organizations_creation")
      .selectAll()
      .where("organization", "=", organization)
      .where("id", "=", requestId)
      .executeTakeFirst();
    if (row?.state === "IN_PROGRESS") await conclude(tx, row, furnished, now);
    return true;
  },
});

async function conclude(tx: Tx, row: CreationRow, furnished: boolean, now: number): Promise<void> {
  if (!furnished) return settle(tx, row, "INTERNAL_FAILURE", now);
  const tables = tx.tables<OrganizationsTables>();
  const sameAddress = await tables
    .selectFrom("organizations_account")
    .select("account")
    .where("email", "=", row.email)
    .executeTakeFirst();
  if (sameAddress !== undefined) return settle(tx, row, "EMAIL_ALREADY_EXISTS", now);
  await requireRole(tx, row.account, {});
  const organization = await tables
    .selectFrom("organizations_organization")
    .selectAll()
    .where("id", "=", row.organization)
    .executeTakeFirstOrThrow();
  const { account, name, email } = row;
  const member = { account, name, email, joined_method: "CREATED", joined_at: now } as const;
  await join(tx, organization, member, readTags(row.tags));
  await settle(tx, row, null, now);
}

async function settle(tx: Tx, row: CreationRow, failure: CreationRow["failure"], now: number): Promise<void> {
  await tx
    .tables<OrganizationsTables>()
    .updateTable("organizations_creation")
    .set({ state: failure === null ? "SUCCEEDED" : "FAILED", failure, completed_at: now })
    .where("organization", "=", row.organization)
    .where("id", "=", row.id)
    .execute();
}
