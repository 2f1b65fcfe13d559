import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { contextKeySpellings } from "../context-key-spellings.ts";

/** The context keys that policies read, to be given to a simulation. */
export const getContextKeysForCustomPolicy: ReadOperation<typeof iam, "GetContextKeysForCustomPolicy"> = {
  name: "GetContextKeysForCustomPolicy",
  authorise: () => [{ action: "iam:GetContextKeysForCustomPolicy", resource: "*" }],
  async read(_ctx, input) {
    return { ContextKeyNames: [...contextKeySpellings(input.PolicyInputList).values()].sort() };
  },
};
