import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { registryOf } from "../arn.ts";
import { describeTemplate, needTemplate, readTemplate } from "../creation-templates/creation-templates.ts";
import {
  onTemplate,
  prepareTemplateRole,
  templatePrincipal,
  withKeptPolicy,
} from "../creation-templates/role-owner.ts";
import type { CreationTemplateTables } from "../creation-templates/store.ts";
import type { EcrPorts } from "../ports.ts";
import { holdRole, type RolePreparation } from "../role-creation.ts";

/** Changes the members of a template that are given. Repositories that were created by it stay as they are. */
export const updateRepositoryCreationTemplate = (
  ports: EcrPorts,
): WriteOperation<typeof ecr, "UpdateRepositoryCreationTemplate", RolePreparation> => ({
  name: "UpdateRepositoryCreationTemplate",
  authorise: onTemplate("ecr:UpdateRepositoryCreationTemplate"),

  async prepare(ctx, input) {
    const registry = registryOf({}, ctx);
    const template = await needTemplate(ctx.rows, registry, input.prefix);
    const { customRoleArn } = readTemplate(template.shownPrefix, input, registry, template);
    return customRoleArn === undefined ? await prepareTemplateRole(ctx) : {};
  },

  async commit(tx, ctx, input, role) {
    const registry = registryOf({}, ctx);
    const template = await needTemplate(tx, registry, input.prefix);
    const { prefix, shownPrefix, createdAt } = template;
    const given = readTemplate(shownPrefix, input, registry, template);
    const document = await withKeptPolicy(tx, ports, given);
    if (document.customRoleArn === undefined) await holdRole(tx, ctx.account, templatePrincipal, role);
    await tx
      .tables<CreationTemplateTables>()
      .updateTable("ecr_creation_template")
      .set({ document: JSON.stringify(document), updated_at: ctx.now })
      .where("account", "=", registry.account)
      .where("region", "=", registry.region)
      .where("prefix", "=", prefix)
      .execute();
    const changed = { ...registry, ...document, prefix, createdAt, updatedAt: ctx.now };
    return { registryId: ctx.account, repositoryCreationTemplate: describeTemplate(changed) };
  },
});
