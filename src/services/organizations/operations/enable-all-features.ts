import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { onNothing, requireManaged } from "../organization.ts";

/** AWS: an organization that has all features is not given them again, and here every organization has them. */
export const enableAllFeatures: WriteOperation<typeof organizations, "EnableAllFeatures"> = {
  name: "EnableAllFeatures",
  authorise: onNothing("EnableAllFeatures"),
  async commit(tx, { account }) {
    await requireManaged(tx, account);
    throw new Fault(
      "HandshakeConstraintViolationException",
      "The handshake request is invalid because the organization has already enabled all features.",
      { members: { Reason: "ORGANIZATION_ALREADY_HAS_ALL_FEATURES" } },
    );
  },
};
