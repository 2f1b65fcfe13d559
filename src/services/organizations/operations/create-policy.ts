import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { constraintViolation } from "../faults.ts";
import { newId } from "../ids.ts";
import { aboutControls, onResources, requireManaged } from "../organization.ts";
import { apiPolicy, duplicatePolicy, fullAccess, requireContent, requireControlType } from "../policies.ts";
import { quotas } from "../quotas.ts";
import type { OrganizationsTables } from "../store.ts";
import { tagContext, tagged, writeTags } from "../tags.ts";

/** Makes a service control policy; it binds nobody until it is attached. */
export const createPolicy: WriteOperation<typeof organizations, "CreatePolicy"> = {
  name: "CreatePolicy",
  // Its id is not known yet.
  authorise: onResources(
    "CreatePolicy",
    () => ["p-*"],
    (input) => ({ ...aboutControls(), ...tagContext(input) }),
  ),
  async commit(tx, { account, random }, input) {
    const organization = await requireManaged(tx, account);
    requireControlType(input.Type);
    requireContent(input.Content);
    const policy = {
      organization: organization.id,
      id: newId("p-", 8, random),
      name: input.Name,
      description: input.Description,
      content: input.Content,
    };
    const tables = tx.tables<OrganizationsTables>();
    const made = await tables
      .insertInto("organizations_policy")
      .values(policy)
      .onConflict((conflict) => conflict.doNothing())
      .returning("id")
      .executeTakeFirst();
    if (made === undefined || policy.name === fullAccess.name) throw duplicatePolicy();
    const { count } = await tables
      .selectFrom("organizations_policy")
      .select(({ fn }) => fn.countAll<number | string>().as("count"))
      .where("organization", "=", organization.id)
      .executeTakeFirstOrThrow();
    if (Number(count) > quotas.policies) {
      throw constraintViolation(
        "POLICY_NUMBER_LIMIT_EXCEEDED",
        "You have exceeded the number of policies that you can have in an organization.",
      );
    }
    await writeTags(tx, organization.id, policy.id, tagged([], input.Tags));
    return { Policy: apiPolicy(organization, policy) };
  },
};
