import type { PolicyText, ResourceFacts } from "../../../dispatch/service.ts";
import type { Rows } from "../../../store/types.ts";
import { parseRepositoryArn } from "../arn.ts";
import { findRegistry } from "../registry.ts";
import { findRepository } from "./repository.ts";

/** What a registry policy of scope V1 governs (User Guide, "Private registry permissions"). */
const firstScope: ReadonlySet<string> = new Set([
  "ecr:ReplicateImage",
  "ecr:BatchImportUpstreamImage",
  "ecr:CreateRepository",
]);

/** The policies and tags that bear on a repository: its own, and those of the registry it is in or would be in. */
export async function repositoryFacts(rows: Rows, arn: string, action: string): Promise<ResourceFacts> {
  const key = parseRepositoryArn(arn);
  if (key === undefined) return { policies: [] };
  const registry = await findRegistry(rows, key);
  const repository = await findRepository(rows, key);
  const policies: PolicyText[] = [];
  if (repository?.policy !== undefined) policies.push({ name: arn, document: repository.policy });
  const governed = registry.settings.REGISTRY_POLICY_SCOPE === "V2" || firstScope.has(action);
  if (registry.policy !== undefined && governed) {
    policies.push({
      name: `registry policy of ${registry.account} in ${registry.region}`,
      document: registry.policy,
    });
  }
  return { policies, tags: repository?.tags };
}
