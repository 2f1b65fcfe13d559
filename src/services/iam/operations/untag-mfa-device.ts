import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onDevice, requireDevice, updateDevice } from "../mfa-devices.ts";
import { readTags, untagged } from "../tags.ts";

/** Removes tags from a virtual MFA device. */
export const untagMFADevice: WriteOperation<typeof iam, "UntagMFADevice"> = {
  name: "UntagMFADevice",

  authorise: (input) => onDevice("iam:UntagMFADevice", input.SerialNumber, { "aws:TagKeys": input.TagKeys }),

  async commit(tx, { account }, input) {
    const device = await requireDevice(tx, account, input.SerialNumber);
    await updateDevice(tx, device, {
      tags: JSON.stringify(untagged(readTags(device.tags), input.TagKeys, "by case")),
    });
    return {};
  },
};
