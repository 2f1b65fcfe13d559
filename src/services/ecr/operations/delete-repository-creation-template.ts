import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { describeTemplate, needTemplate } from "../creation-templates/creation-templates.ts";
import type { CreationTemplateTables } from "../creation-templates/store.ts";

/** Removes a template. */
export const deleteRepositoryCreationTemplate: WriteOperation<
  typeof ecr,
  "DeleteRepositoryCreationTemplate"
> = {
  name: "DeleteRepositoryCreationTemplate",
  authorise: onRegistry("ecr:DeleteRepositoryCreationTemplate"),
  async commit(tx, ctx, input) {
    const registry = registryOf({}, ctx);
    const template = await needTemplate(tx, registry, input.prefix);
    await tx
      .tables<CreationTemplateTables>()
      .deleteFrom("ecr_creation_template")
      .where("account", "=", registry.account)
      .where("region", "=", registry.region)
      .where("prefix", "=", template.prefix)
      .execute();
    return { registryId: ctx.account, repositoryCreationTemplate: describeTemplate(template) };
  },
};
