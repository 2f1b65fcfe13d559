import type * as ec2 from "@aws-sdk/client-ec2";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { absent, checkId } from "../kinds.ts";
import { findResource, listResources, type Place, type Resource } from "../resource.ts";
import { wireTags } from "../tags/tags.ts";

/** A launch template, with the one version that it has. */
export type LaunchTemplate = Resource<"launch-template">;

/** The template that a request names by its id or its name. Throws the codes of EC2's "Error codes". */
export async function needLaunchTemplate(
  rows: Rows,
  place: Place,
  named: { readonly LaunchTemplateId?: string | undefined; readonly LaunchTemplateName?: string | undefined },
): Promise<LaunchTemplate> {
  const { LaunchTemplateId: id, LaunchTemplateName: name } = named;
  if (id !== undefined) {
    const found = await findResource(rows, place, "launch-template", id);
    if (found !== undefined) return found;
    checkId("launch-template", id);
    throw absent("launch-template", id);
  }
  const found = await findTemplateNamed(rows, place, name ?? "");
  if (found !== undefined) return found;
  throw new Fault(
    "InvalidLaunchTemplateName.NotFoundException",
    `At least one of the launch templates specified in the request does not exist.`,
  );
}

/** Every template has one version. Throws `InvalidLaunchTemplateId.VersionNotFound`. */
export function needVersion({ id }: LaunchTemplate, version = "$Default"): void {
  if (["1", "$Latest", "$Default"].includes(version)) return;
  throw new Fault(
    "InvalidLaunchTemplateId.VersionNotFound",
    `Could not find the specified version ${version.slice(0, 32)} for the launch template with ID ${id}.`,
  );
}

/** The template of a name, which is unique in a region of an account. */
export async function findTemplateNamed(
  rows: Rows,
  place: Place,
  name: string,
): Promise<LaunchTemplate | undefined> {
  return (await listResources(rows, place, "launch-template")).find(({ document }) => document.name === name);
}

/** As answers show it. */
export function wireTemplate(template: LaunchTemplate): ec2.LaunchTemplate {
  const { id, createdAt, tags, document } = template;
  return {
    LaunchTemplateId: id,
    LaunchTemplateName: document.name,
    CreateTime: new Date(createdAt),
    CreatedBy: document.createdBy,
    DefaultVersionNumber: 1,
    LatestVersionNumber: 1,
    Tags: wireTags(tags),
    Operator: wireOperator(template),
  };
}

/** The version of a template as answers show it. */
export function wireVersion(template: LaunchTemplate): ec2.LaunchTemplateVersion {
  const { id, createdAt, document } = template;
  return {
    LaunchTemplateId: id,
    LaunchTemplateName: document.name,
    VersionNumber: 1,
    CreateTime: new Date(createdAt),
    CreatedBy: document.createdBy,
    DefaultVersion: true,
    LaunchTemplateData: document.data,
    Operator: wireOperator(template),
  };
}

function wireOperator({ document: { operator } }: LaunchTemplate): ec2.OperatorResponse {
  return operator === undefined ? { Managed: false } : { Managed: true, Principal: operator };
}
