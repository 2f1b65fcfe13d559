import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import type { Client } from "../../../dispatch/context.ts";
import type { ApplyTemplateInput, EcrDataPlane } from "../data-plane.ts";

/**
 * Creates a repository for replication or a pull through: by the registry's template for that, else with AWS's
 * defaults. The client, in either case, needs `ecr:CreateRepository` at the registry.
 * @throws Fault `AccessDenied`; `RepositoryAlreadyExistsException` when there is no template and somebody was faster.
 */
export async function provisionRepository(
  client: Client,
  operations: Pick<EcrDataPlane, "applyCreationTemplate">,
  wanted: ApplyTemplateInput,
): Promise<void> {
  const { applied } = await client.invoke(operations.applyCreationTemplate, wanted);
  if (applied) return;
  const { registryId, repositoryName } = wanted;
  await client.send(new CreateRepositoryCommand({ registryId, repositoryName }));
}
