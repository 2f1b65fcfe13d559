import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { describeSigningRules, readSigningRules } from "../signing/rules.ts";
import type { SigningTables } from "../signing/store.ts";

/** Replaces the signing configuration of the caller's registry. */
export const putSigningConfiguration: WriteOperation<typeof ecr, "PutSigningConfiguration"> = {
  name: "PutSigningConfiguration",
  authorise: onRegistry("ecr:PutSigningConfiguration"),
  async commit(tx, ctx, input) {
    const { account, region } = registryOf({}, ctx);
    const signing = readSigningRules(input.signingConfiguration);
    const rules = JSON.stringify(signing);
    await tx
      .tables<SigningTables>()
      .insertInto("ecr_signing_configuration")
      .values({ account, region, rules })
      .onConflict((conflict) => conflict.columns(["account", "region"]).doUpdateSet({ rules }))
      .execute();
    return { signingConfiguration: describeSigningRules(signing) };
  },
};
