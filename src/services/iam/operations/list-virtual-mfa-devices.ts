import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";

/** The account's virtual MFA devices: none, because none can be made. */
export const listVirtualMFADevices: ReadOperation<typeof iam, "ListVirtualMFADevices"> = {
  name: "ListVirtualMFADevices",

  authorise: () => [{ action: "iam:ListVirtualMFADevices", resource: "*" }],

  read: async () => ({ VirtualMFADevices: [], IsTruncated: false }),
};
