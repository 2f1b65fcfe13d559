import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { registryOf } from "../arn.ts";
import {
  describeTemplate,
  readTemplate,
  templateKey,
  templatesOf,
} from "../creation-templates/creation-templates.ts";
import {
  onTemplate,
  prepareTemplateRole,
  templatePrincipal,
  withKeptPolicy,
} from "../creation-templates/role-owner.ts";
import type { CreationTemplateTables } from "../creation-templates/store.ts";
import type { EcrPorts } from "../ports.ts";
import { holdRole, type RolePreparation } from "../role-creation.ts";

/** Templates in a registry. Ours: AWS publishes no quota, though the operation can answer LimitExceededException. */
const mostTemplates = 50;

/**
 * Makes a template for repositories that ECR creates by itself. The first one without a role of its own creates
 * AWSServiceRoleForECRTemplate with the caller's identity.
 * INVARIANT: there is no template that needs the service-linked role without the role.
 */
export const createRepositoryCreationTemplate = (
  ports: EcrPorts,
): WriteOperation<typeof ecr, "CreateRepositoryCreationTemplate", RolePreparation> => ({
  name: "CreateRepositoryCreationTemplate",
  authorise: onTemplate("ecr:CreateRepositoryCreationTemplate"),

  async prepare(ctx, input) {
    readTemplate(input.prefix, input, registryOf({}, ctx));
    return input.customRoleArn ? {} : await prepareTemplateRole(ctx);
  },

  async commit(tx, ctx, input, role) {
    const registry = registryOf({}, ctx);
    const given = readTemplate(input.prefix, input, registry);
    const document = await withKeptPolicy(tx, ports, given);
    if (document.customRoleArn === undefined) await holdRole(tx, ctx.account, templatePrincipal, role);
    const others = (await templatesOf(tx, ctx.account)).filter(({ region }) => region === ctx.region);
    const prefix = templateKey(input.prefix);
    const taken = others.some((other) => other.prefix === prefix);
    if (!taken && others.length >= mostTemplates) {
      throw new Fault(
        "LimitExceededException",
        `The number of repository creation templates in the registry with id '${ctx.account}' must not exceed ${mostTemplates}`,
      );
    }
    if (taken) {
      // The text is ours, after that of repositories: AWS's own is not published.
      throw new Fault(
        "TemplateAlreadyExistsException",
        `The repository creation template with prefix '${input.prefix}' already exists in the registry with id '${ctx.account}'`,
      );
    }
    await tx
      .tables<CreationTemplateTables>()
      .insertInto("ecr_creation_template")
      .values({
        account: registry.account,
        region: registry.region,
        prefix,
        document: JSON.stringify(document),
        created_at: ctx.now,
        updated_at: ctx.now,
      })
      .execute();
    const template = { ...registry, ...document, prefix, createdAt: ctx.now, updatedAt: ctx.now };
    return { registryId: ctx.account, repositoryCreationTemplate: describeTemplate(template) };
  },
});
