import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { federationDisabled } from "../outbound-federation.ts";
import type { IamPorts } from "../ports.ts";
import { findIssuer } from "../web-identity-issuer.ts";

/** The address that the account's web identity tokens name, and whether any are made. */
export const getOutboundWebIdentityFederationInfo = ({
  issuerAddress,
}: IamPorts): ReadOperation<typeof iam, "GetOutboundWebIdentityFederationInfo"> => ({
  name: "GetOutboundWebIdentityFederationInfo",
  authorise: () => [{ action: "iam:GetOutboundWebIdentityFederationInfo", resource: "*" }],
  async read({ rows, account }) {
    const issuer = await findIssuer(rows, account);
    if (issuer === undefined) throw federationDisabled();
    return { IssuerIdentifier: issuerAddress(issuer.id), JwtVendingEnabled: issuer.enabled === 1 };
  },
});
