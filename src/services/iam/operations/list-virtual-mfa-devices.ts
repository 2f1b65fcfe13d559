import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";

/** The account's virtual MFA devices: none, because none can be made. */
export const listVirtualMFADevices: ReadOperation<typeof iam, "ListVirtualMFADevices"> = {
  name: "ListVirtualMFADevices",

  authorise: (_input, ctx) => [
    { action: "iam:ListVirtualMFADevices", resource: "*", shown: formatArn("iam", "", ctx.account, "mfa/") },
  ],

  read: async () => ({ VirtualMFADevices: [], IsTruncated: false }),
};
