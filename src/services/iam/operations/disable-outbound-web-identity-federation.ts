import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { federationDisabled } from "../outbound-federation.ts";
import type { IamTables } from "../store.ts";

/** Ends the making of web identity tokens. Those that were made can still be verified: the keys stay published. */
export const disableOutboundWebIdentityFederation: WriteOperation<
  typeof iam,
  "DisableOutboundWebIdentityFederation"
> = {
  name: "DisableOutboundWebIdentityFederation",
  authorise: () => [{ action: "iam:DisableOutboundWebIdentityFederation", resource: "*" }],
  async commit(tx, { account }) {
    const changed = await tx
      .tables<IamTables>()
      .updateTable("iam_web_identity_issuer")
      .set({ enabled: 0 })
      .where("account", "=", account)
      .where("enabled", "=", 1)
      .returning("id")
      .executeTakeFirst();
    if (changed === undefined) throw federationDisabled();
    return {};
  },
};
