import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { describeSigningRules, needSigningRules } from "../signing/rules.ts";

/** The signing configuration of the caller's registry. */
export const getSigningConfiguration: ReadOperation<typeof ecr, "GetSigningConfiguration"> = {
  name: "GetSigningConfiguration",
  authorise: onRegistry("ecr:GetSigningConfiguration"),
  async read(ctx) {
    const rules = await needSigningRules(ctx.rows, registryOf({}, ctx));
    return { registryId: ctx.account, signingConfiguration: describeSigningRules(rules) };
  },
};
