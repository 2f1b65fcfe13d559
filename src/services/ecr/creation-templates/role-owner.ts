import type { Client, PrepareContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import type { RoleOwner } from "../../../dispatch/service.ts";
import { formatArn } from "../../../kernel/arn.ts";
import type { Region } from "../../../kernel/brand.ts";
import type { Rows } from "../../../store/types.ts";
import type { EcrPorts } from "../ports.ts";
import { keptPolicyText } from "../repositories/policy-text.ts";
import { prepareRole, type RolePreparation } from "../role-creation.ts";
import { type CreationTemplate, type CreationTemplateDocument, templatesOf } from "./creation-templates.ts";

/** The service that creates repositories by templates, and whose service-linked role it acts as. */
export const templatePrincipal = "ecr.amazonaws.com";

/** The name of the role's session, as CloudTrail shows it. */
const sessionName = "ecr-repository-creation-template";

/** Asks for an action of templates and, where a role is given, for passing it to ECR. */
export function onTemplate(
  action: string,
): (input: { readonly customRoleArn?: string | undefined }) => readonly Authorisation[] {
  return ({ customRoleArn }) => [
    { action, resource: "*" },
    ...(customRoleArn
      ? [
          {
            action: "iam:PassRole",
            resource: customRoleArn,
            context: { "iam:PassedToService": templatePrincipal },
          },
        ]
      : []),
  ];
}

/** Makes sure of the service-linked role, for a template without a role of its own. For an operation's `prepare`. */
export async function prepareTemplateRole(ctx: PrepareContext): Promise<RolePreparation> {
  const templates = await templatesOf(ctx.rows, ctx.account);
  // A template that needs the role keeps it from being deleted: it is there.
  if (templates.some(({ customRoleArn }) => customRoleArn === undefined)) return {};
  return await prepareRole(ctx, templatePrincipal);
}

/** The document with the policy that its repositories will keep. Throws `InvalidParameterException`. */
export async function withKeptPolicy(
  rows: Rows,
  { principals }: Pick<EcrPorts, "principals">,
  document: CreationTemplateDocument,
): Promise<CreationTemplateDocument> {
  const { repositoryPolicy: text } = document;
  if (text === undefined) return { ...document, keptPolicy: undefined };
  return { ...document, keptPolicy: await keptPolicyText(rows, principals, text, "repository") };
}

/** Who creates a template's repositories: its own role if it names one, else AWSServiceRoleForECRTemplate. */
export function templateActor(ctx: PrepareContext, template: CreationTemplate): Client {
  const { account, customRoleArn } = template;
  const role = { servicePrincipal: templatePrincipal, account, sessionName };
  return ctx.as(customRoleArn === undefined ? role : { ...role, roleArn: customRoleArn });
}

/** Who needs AWSServiceRoleForECRTemplate: templates, in whichever region (User Guide, "slr-rct"). */
export const templateRoleOwner: RoleOwner = {
  servicePrincipal: templatePrincipal,
  createdBy: ["ecr:CreateRepositoryCreationTemplate"],
  async usage(rows, account) {
    const resources = new Map<Region, string[]>();
    for (const { region, prefix } of await templatesOf(rows, account)) {
      const arn = formatArn("ecr", region, account, `repository-creation-template/${prefix}`);
      resources.set(region, [...(resources.get(region) ?? []), arn]);
    }
    return [...resources].map(([region, arns]) => ({ region, resources: arns }));
  },
};
