import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { onDevice, requireDevice } from "../mfa-devices.ts";
import type { IamTables } from "../store.ts";

/** Deletes a virtual MFA device that is assigned to nobody. */
export const deleteVirtualMFADevice: WriteOperation<typeof iam, "DeleteVirtualMFADevice"> = {
  name: "DeleteVirtualMFADevice",

  authorise: (input) => onDevice("iam:DeleteVirtualMFADevice", input.SerialNumber),

  async commit(tx, { account }, input) {
    const device = await requireDevice(tx, account, input.SerialNumber);
    if (device.user_id !== null) {
      throw new Fault("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.");
    }
    await tx.tables<IamTables>().deleteFrom("iam_mfa_device").where("arn", "=", device.arn).execute();
    return {};
  },
};
