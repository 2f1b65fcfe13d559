import type { RoleUsage } from "../../dispatch/service.ts";
import type { AccountId, Region, RoleId } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Job, Rows, Tx } from "../../store/types.ts";
import { entityArn, findRole, nameKey } from "./entities.ts";
import type { IamPorts } from "./ports.ts";
import { defaultSessionSeconds } from "./role.ts";
import {
  type ServiceLinkedRoleEntry,
  serviceLinkedRoleName,
  serviceLinkedTrust,
} from "./service-linked-role-catalogue.ts";
import type { IamTables, RoleDocument, RoleRow } from "./store.ts";

/** What makes one service-linked role differ from another of the same service. */
export interface NewServiceLinkedRole {
  readonly account: AccountId;
  readonly id: RoleId;
  readonly customSuffix?: string;
  readonly description?: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/**
 * Makes a service-linked role with its policies.
 * INVARIANT: making and deleting take the lock row of (account, service) first, so that neither happens beside the
 * other, nor beside a change that relies on the role.
 * @throws InvalidInput when the name is taken or the service takes no suffix.
 */
export async function insertServiceLinkedRole(
  tx: Tx,
  entry: ServiceLinkedRoleEntry,
  { account, id, customSuffix, description, createdAt }: NewServiceLinkedRole,
): Promise<RoleRow> {
  const name = serviceLinkedRoleName(entry, customSuffix);
  await tx.lockRole(account, entry.principal);
  if ((await findRole(tx, account, name)) !== undefined) {
    throw new Fault(
      "InvalidInput",
      `Service role name ${name} has been taken in this account, please try a different suffix.`,
    );
  }
  const document: RoleDocument = {
    trustPolicy: serviceLinkedTrust(entry.principal),
    description,
    maxSessionDuration: defaultSessionSeconds,
    tags: [],
  };
  const row: RoleRow = {
    account,
    name_key: nameKey(name),
    name,
    path: entry.path,
    id,
    arn: entityArn(account, "role", entry.path, name),
    created_at: createdAt,
    boundary: null,
    service_principal: entry.principal,
    document: JSON.stringify(document),
  };
  const tables = tx.tables<IamTables>();
  await tables.insertInto("iam_role").values(row).execute();
  if (entry.policyArns.length > 0) {
    await tables
      .insertInto("iam_attachment")
      .values(
        entry.policyArns.map((arn) => ({
          account,
          entity_kind: "role" as const,
          entity_id: id,
          policy_arn: arn,
        })),
      )
      .execute();
  }
  await tx.setRoleLock(account, entry.principal, "present");
  return row;
}

/** Removes a service-linked role and its policies. The caller has taken the lock row. */
export async function removeServiceLinkedRole(tx: Tx, row: RoleRow, principal: string): Promise<void> {
  const tables = tx.tables<IamTables>();
  await tables.deleteFrom("iam_attachment").where("entity_id", "=", row.id).execute();
  await tables.deleteFrom("iam_role").where("id", "=", row.id).execute();
  const other = await tables
    .selectFrom("iam_role")
    .select("id")
    .where("account", "=", row.account)
    .where("service_principal", "=", principal)
    .executeTakeFirst();
  await tx.setRoleLock(row.account, principal, other === undefined ? "absent" : "present");
}

/**
 * Who uses a service-linked role, by region: what its owners say, the jobs that will be done with it and are not
 * finished, and the calls that are under way in its sessions. A session that does nothing is no use.
 */
export async function usageOfRole(
  rows: Rows,
  ports: Pick<IamPorts, "roleOwners" | "jobs" | "runningCalls">,
  { account, id }: Pick<RoleRow, "account" | "id">,
  principal: string,
): Promise<readonly RoleUsage[]> {
  const byRegion = new Map<Region, Set<string>>();
  const note = (region: Region, resources: readonly string[]) => {
    const known = byRegion.get(region) ?? new Set();
    byRegion.set(region, known);
    for (const resource of resources) known.add(resource);
  };
  for (const owner of ports.roleOwners()) {
    if (owner.servicePrincipal !== principal) continue;
    for (const use of await owner.usage(rows, account)) note(use.region, use.resources);
  }
  for (const job of await ports.jobs.unfinished(rows, account, principal)) note(job.region, resourcesOf(job));
  for (const call of ports.runningCalls(id)) note(call.region, [call.session]);
  return [...byRegion]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([region, resources]) => ({ region, resources: [...resources].sort() }));
}

/** ARN of what a job works on, when its payload says so in a member `resource`. */
function resourcesOf({ payload }: Job): readonly string[] {
  if (typeof payload !== "object" || payload === null || !("resource" in payload)) return [];
  return typeof payload.resource === "string" ? [payload.resource] : [];
}
