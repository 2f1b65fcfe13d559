import type * as sts from "@aws-sdk/client-sts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { StsPorts } from "../ports.ts";

/** Opens the encoded message of an authorisation failure. */
export const decodeAuthorizationMessage = (
  ports: StsPorts,
): ReadOperation<typeof sts, "DecodeAuthorizationMessage"> => ({
  name: "DecodeAuthorizationMessage",
  authorise: () => [{ action: "sts:DecodeAuthorizationMessage", resource: "*" }],
  async read({ account }, { EncodedMessage }) {
    const decoded = ports.decodeMessage(EncodedMessage, account);
    if (decoded === undefined) {
      throw new Fault("InvalidAuthorizationMessageException", "Message is not valid");
    }
    return { DecodedMessage: decoded };
  },
});
