import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onDevice, requireDevice } from "../mfa-devices.ts";
import { readTags, tagPage } from "../tags.ts";

/** The tags of a virtual MFA device. */
export const listMFADeviceTags: ReadOperation<typeof iam, "ListMFADeviceTags"> = {
  name: "ListMFADeviceTags",

  authorise: (input) => onDevice("iam:ListMFADeviceTags", input.SerialNumber),

  async read({ rows, account }, input) {
    return tagPage(readTags((await requireDevice(rows, account, input.SerialNumber)).tags), input);
  },
};
