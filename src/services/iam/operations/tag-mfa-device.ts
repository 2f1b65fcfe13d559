import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onDevice, requireDevice, updateDevice } from "../mfa-devices.ts";
import { readTags, requestTagKeys, tagged } from "../tags.ts";

/** Adds tags to a virtual MFA device. */
export const tagMFADevice: WriteOperation<typeof iam, "TagMFADevice"> = {
  name: "TagMFADevice",

  authorise: (input) => onDevice("iam:TagMFADevice", input.SerialNumber, requestTagKeys(input.Tags)),

  async commit(tx, { account }, input) {
    const device = await requireDevice(tx, account, input.SerialNumber);
    await updateDevice(tx, device, {
      tags: JSON.stringify(tagged(readTags(device.tags), input.Tags, "by case")),
    });
    return {};
  },
};
