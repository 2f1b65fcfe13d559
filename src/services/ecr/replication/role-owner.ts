import type { RoleOwner } from "../../../dispatch/service.ts";
import { formatArn } from "../../../kernel/arn.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Rows } from "../../../store/types.ts";
import { repositoryArn } from "../arn.ts";
import type { EcrPorts } from "../ports.ts";
import type { EcrTables } from "../store.ts";
import { type ReplicationJob, replicationPrincipal } from "./job.ts";

/** The regions in which an account's registry has replication rules. */
export async function replicatingRegistries(rows: Rows, account: AccountId): Promise<readonly Region[]> {
  const found = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_registry")
    .select("region")
    .where("account", "=", account)
    .where("replication", "is not", null)
    .orderBy("region")
    .execute();
  return found.map(({ region }) => region as Region);
}

/** Who needs AWSServiceRoleForECRReplication: registries with replication rules, and images on their way. */
export function replicationRoleOwner({ jobs }: EcrPorts): RoleOwner {
  return {
    servicePrincipal: replicationPrincipal,
    createdBy: ["ecr:PutReplicationConfiguration"],
    async usage(rows, account) {
      const resources = new Map<Region, Set<string>>();
      const use = (region: Region, arn: string): void => {
        resources.set(region, (resources.get(region) ?? new Set()).add(arn));
      };
      for (const region of await replicatingRegistries(rows, account)) {
        use(region, formatArn("ecr", region, account, "replication-configuration"));
      }
      for (const job of await jobs.unfinished(rows, account, replicationPrincipal)) {
        const { source, repositoryName } = job.payload as ReplicationJob;
        use(job.region, repositoryArn({ ...source, name: repositoryName }));
      }
      return [...resources].map(([region, arns]) => ({ region, resources: [...arns] }));
    },
  };
}
