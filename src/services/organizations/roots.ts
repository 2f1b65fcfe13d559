import type { Root } from "@aws-sdk/client-organizations";
import { resourceArn } from "./arn.ts";
import { notFound } from "./faults.ts";
import { controlType } from "./policies.ts";
import type { OrganizationRow } from "./store.ts";

/** Makes sure that the id is that of the organization's root. Throws `RootNotFoundException`. */
export function requireRoot(organization: OrganizationRow, id: string): void {
  if (id !== organization.root_id) throw notFound("Root");
}

/** As the API answers it, with the types of policy that are enabled. */
export function apiRoot(organization: OrganizationRow): Root {
  return {
    Id: organization.root_id,
    Arn: resourceArn(organization, organization.root_id),
    Name: "Root",
    PolicyTypes: organization.controls === 1 ? [{ Type: controlType, Status: "ENABLED" }] : [],
  };
}
