import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { describeSigningRules, needSigningRules } from "../signing/rules.ts";
import type { SigningTables } from "../signing/store.ts";

/** Removes the signing configuration of the caller's registry. What was noted for images stays. */
export const deleteSigningConfiguration: WriteOperation<typeof ecr, "DeleteSigningConfiguration"> = {
  name: "DeleteSigningConfiguration",
  authorise: onRegistry("ecr:DeleteSigningConfiguration"),
  async commit(tx, ctx) {
    const registry = registryOf({}, ctx);
    const rules = await needSigningRules(tx, registry);
    await tx
      .tables<SigningTables>()
      .deleteFrom("ecr_signing_configuration")
      .where("account", "=", registry.account)
      .where("region", "=", registry.region)
      .execute();
    return { registryId: registry.account, signingConfiguration: describeSigningRules(rules) };
  },
};
