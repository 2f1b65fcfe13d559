import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { aboutControls, onResources, requireManaged } from "../organization.ts";
import {
  apiPolicy,
  type ControlPolicy,
  duplicatePolicy,
  fullAccess,
  requireContent,
  requireOwnPolicy,
} from "../policies.ts";
import type { OrganizationsTables } from "../store.ts";
import { bumpTargets } from "../targets.ts";

/** Changes a policy's name, description or text; a new text binds everything the policy is on from the next call. */
export const updatePolicy: WriteOperation<typeof organizations, "UpdatePolicy"> = {
  name: "UpdatePolicy",
  authorise: onResources("UpdatePolicy", ({ PolicyId }) => [PolicyId], aboutControls),
  async commit(tx, { account }, input) {
    const organization = await requireManaged(tx, account);
    const old = await requireOwnPolicy(tx, organization.id, input.PolicyId);
    const policy: ControlPolicy = {
      id: old.id,
      name: input.Name ?? old.name,
      description: input.Description ?? old.description,
      content: input.Content ?? old.content,
    };
    if (input.Content !== undefined) requireContent(input.Content);
    const tables = tx.tables<OrganizationsTables>();
    const namesake = await tables
      .selectFrom("organizations_policy")
      .select("id")
      .where("organization", "=", organization.id)
      .where("name", "=", policy.name)
      .where("id", "!=", policy.id)
      .executeTakeFirst();
    if (namesake !== undefined || policy.name === fullAccess.name) throw duplicatePolicy();
    const { name, description, content } = policy;
    await tables
      .updateTable("organizations_policy")
      .set({ name, description, content })
      .where("organization", "=", organization.id)
      .where("id", "=", policy.id)
      .execute();
    await bumpTargets(tx, organization, policy.id);
    return { Policy: apiPolicy(organization, policy) };
  },
};
