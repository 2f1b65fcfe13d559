import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { IamPorts } from "../ports.ts";
import type { IamTables } from "../store.ts";
import { findIssuer, newIssuerKeys } from "../web-identity-issuer.ts";

/** Lets the account's principals get web identity tokens. An account that had let them before keeps its address and keys. */
export const enableOutboundWebIdentityFederation = ({
  sealer,
  issuerAddress,
}: IamPorts): WriteOperation<typeof iam, "EnableOutboundWebIdentityFederation", string> => ({
  name: "EnableOutboundWebIdentityFederation",
  authorise: () => [{ action: "iam:EnableOutboundWebIdentityFederation", resource: "*" }],
  prepare: async ({ rows, account }) =>
    (await findIssuer(rows, account)) === undefined ? newIssuerKeys(sealer) : "",
  async commit(tx, { account, random }, _input, keys) {
    const known = await findIssuer(tx, account);
    if (known?.enabled === 1) {
      throw new Fault(
        "FeatureEnabledException",
        "The request failed because outbound identity federation is already enabled for your AWS account.",
      );
    }
    const id = known?.id ?? uuid(random);
    await tx
      .tables<IamTables>()
      .insertInto("iam_web_identity_issuer")
      .values({ account, id, enabled: 1, keys: known?.keys ?? keys })
      .onConflict((conflict) => conflict.column("account").doUpdateSet({ enabled: 1 }))
      .execute();
    return { IssuerIdentifier: issuerAddress(id) };
  },
});
