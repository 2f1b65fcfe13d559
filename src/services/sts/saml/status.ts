import { Fault } from "../../../kernel/fault.ts";
import { children, namespaces, parseXml } from "./document.ts";

const success = "urn:oasis:names:tc:SAML:2.0:status:Success";

/**
 * Refuses a response by which the provider says that it did not authenticate anybody (SAML V2.0 Core, section 3.2.2).
 * The status need not be signed: it can only refuse.
 * @throws IDPRejectedClaim, InvalidIdentityToken.
 */
export function requireSuccess(text: string): void {
  const [status] = children(parseXml(text).documentElement, namespaces.protocol, "Status");
  const [code] = status === undefined ? [] : children(status, namespaces.protocol, "StatusCode");
  const value = code?.getAttribute("Value") ?? success;
  if (value !== success) {
    throw new Fault(
      "IDPRejectedClaim",
      `The identity provider reported that authentication failed: ${value}`,
      {
        status: 403,
      },
    );
  }
}
