import type { RoleOwner } from "../../../dispatch/service.ts";
import type { Region } from "../../../kernel/brand.ts";
import { clusterArn } from "../arn.ts";
import { clusterFrom } from "../clusters/cluster.ts";
import type { ClusterTables } from "../clusters/cluster-store.ts";
import type { EcsPorts } from "../ports.ts";
import { ecsPrincipal } from "../role.ts";

/**
 * Who needs AWSServiceRoleForECS: clusters, also empty ones, in whichever region (captured); and jobs that were queued
 * in the role's name, by their keys, which are ARNs.
 */
export function clusterRoleOwner({ jobs }: EcsPorts): RoleOwner {
  return {
    servicePrincipal: ecsPrincipal,
    createdBy: ["ecs:CreateCluster", "ecs:CreateService", "ecs:UpdateService"],
    async usage(rows, account) {
      const resources = new Map<Region, Set<string>>();
      const use = (region: Region, arn: string): void => {
        resources.set(region, (resources.get(region) ?? new Set()).add(arn));
      };
      const clusters = await rows
        .tables<ClusterTables>()
        .selectFrom("ecs_cluster")
        .selectAll()
        .where("account", "=", account)
        .where("status", "=", "ACTIVE")
        .orderBy("region")
        .orderBy("name")
        .execute();
      for (const { key } of clusters.map(clusterFrom)) use(key.region, clusterArn(key));
      for (const { region, key } of await jobs.unfinished(rows, account, ecsPrincipal)) use(region, key);
      return [...resources].map(([region, arns]) => ({ region, resources: [...arns] }));
    },
  };
}
