import type { CallContext } from "../../../dispatch/context.ts";
import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { type FilterTable, filtered, paged } from "../filters.ts";
import { operatorOf } from "../instances/operator.ts";
import { newId } from "../kinds.ts";
import { making, nothingNamed, reading, writing } from "../operation.ts";
import { findByToken, insertResource, listResources, removeResource } from "../resource.ts";
import { specifiedTags } from "../tags/tags.ts";
import {
  findTemplateNamed,
  type LaunchTemplate,
  needLaunchTemplate,
  needVersion,
  wireTemplate,
  wireVersion,
} from "./launch-template.ts";

/** EC2 API Reference, CreateLaunchTemplate: what a name may be. */
const names = /^[a-zA-Z0-9().\-/_]{3,128}$/;

/** Ours: the bytes of a template's data as JSON. */
const mostBytes = 65_536;

/** The template that another call made by the same token, or a new one. */
const createLaunchTemplate = writing(
  "CreateLaunchTemplate",
  ({ TagSpecifications }) => making("CreateLaunchTemplate", "launch-template", TagSpecifications),
  async (tx, ctx, input) => {
    const { LaunchTemplateName: name = "", LaunchTemplateData: data = {}, ClientToken } = input;
    if (!names.test(name)) {
      throw new Fault(
        "InvalidLaunchTemplateName.MalformedException",
        "The launch template name must have between 3 and 128 letters, digits and ( ) . - / _ characters.",
      );
    }
    if (JSON.stringify(data).length > mostBytes) {
      throw new Fault("InvalidParameterValue", `LaunchTemplateData can not be longer than ${mostBytes}.`);
    }
    const before = await findByToken(tx, ctx, "launch-template", ClientToken);
    if (before !== undefined) return { LaunchTemplate: wireTemplate(before) };
    if ((await findTemplateNamed(tx, ctx, name)) !== undefined) {
      throw new Fault(
        "InvalidLaunchTemplateName.AlreadyExistsException",
        `Launch template name already in use.`,
      );
    }
    const operator = operatorOf(ctx.principal);
    const made = await insertResource(
      tx,
      {
        account: ctx.account,
        region: ctx.region,
        kind: "launch-template",
        id: newId("lt", ctx.random),
        createdAt: ctx.now,
        tags: specifiedTags(input.TagSpecifications, ctx, "launch-template"),
        document: { name, data, createdBy: creator(ctx), ...(operator !== undefined && { operator }) },
      },
      ClientToken,
    );
    return { LaunchTemplate: wireTemplate(made) };
  },
);

function creator({ principal }: CallContext): string {
  return "arn" in principal ? principal.arn : "";
}

const filters: FilterTable<LaunchTemplate> = {
  "create-time": ({ createdAt }) => new Date(createdAt).toISOString(),
  "launch-template-name": ({ document }) => document.name,
};

const describeLaunchTemplates = reading("DescribeLaunchTemplates", nothingNamed, async (ctx, input) => {
  const { LaunchTemplateIds: ids = [], LaunchTemplateNames: byName = [] } = input;
  const named = [
    ...ids.map((LaunchTemplateId) => ({ LaunchTemplateId })),
    ...byName.map((LaunchTemplateName) => ({ LaunchTemplateName })),
  ];
  const all =
    named.length === 0
      ? await listResources(ctx.rows, ctx, "launch-template")
      : await Promise.all(named.map((one) => needLaunchTemplate(ctx.rows, ctx, one)));
  const found = filtered(all, input.Filters, filters, ({ tags }) => tags);
  const { items, NextToken } = paged(found, input, { least: 1, named: ["launchTemplateIds", named.length] });
  return { LaunchTemplates: items.map(wireTemplate), NextToken };
});

const describeLaunchTemplateVersions = reading(
  "DescribeLaunchTemplateVersions",
  nothingNamed,
  async (ctx, input) => {
    const template = await needLaunchTemplate(ctx.rows, ctx, input);
    for (const version of input.Versions ?? []) needVersion(template, version);
    return { LaunchTemplateVersions: [wireVersion(template)] };
  },
);

const deleteLaunchTemplate = writing(
  "DeleteLaunchTemplate",
  async (input, ctx) => {
    const id =
      input.LaunchTemplateId ?? (await findTemplateNamed(ctx.rows, ctx, input.LaunchTemplateName ?? ""))?.id;
    return [{ type: "launch-template", id: id ?? "*" }];
  },
  async (tx, ctx, input) => {
    const template = await needLaunchTemplate(tx, ctx, input);
    const { operator } = template.document;
    if (operator !== undefined && operator !== operatorOf(ctx.principal)) {
      // The code is AWS's (Amazon EC2 User Guide, "Amazon EC2 managed instances"); the text is ours.
      throw new Fault(
        "OperationNotPermitted",
        `The launch template '${template.id}' is managed by ${operator} and cannot be deleted directly.`,
      );
    }
    await removeResource(tx, template);
    return { LaunchTemplate: wireTemplate(template) };
  },
);

/** Launch templates, of one version each. */
export const launchTemplateOperations: readonly AnyOperation[] = [
  createLaunchTemplate,
  deleteLaunchTemplate,
  describeLaunchTemplateVersions,
  describeLaunchTemplates,
];
