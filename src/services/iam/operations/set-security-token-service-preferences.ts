import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { IamTables } from "../store.ts";

/**
 * Says which tokens the global endpoint of STS is to issue. Tokens here are valid in every region, so both versions
 * are; GetAccountSummary tells what was set.
 */
export const setSecurityTokenServicePreferences: WriteOperation<
  typeof iam,
  "SetSecurityTokenServicePreferences"
> = {
  name: "SetSecurityTokenServicePreferences",
  authorise: () => [{ action: "iam:SetSecurityTokenServicePreferences", resource: "*" }],
  async commit(tx, { account }, input) {
    const version = input.GlobalEndpointTokenVersion === "v2Token" ? 2 : 1;
    await tx
      .tables<IamTables>()
      .insertInto("iam_token_preference")
      .values({ account, version })
      .onConflict((conflict) => conflict.column("account").doUpdateSet({ version }))
      .execute();
    return {};
  },
};
