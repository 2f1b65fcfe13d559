import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { requireDevice, updateDevice } from "../mfa-devices.ts";
import { ownerId } from "../owned-credentials.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** Takes an MFA device from its user; a virtual one can be assigned again. */
export const deactivateMFADevice: WriteOperation<typeof iam, "DeactivateMFADevice"> = {
  name: "DeactivateMFADevice",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:DeactivateMFADevice", input.UserName),

  async commit(tx, ctx, input) {
    const owner = await keyOwner(tx, ctx.account, namedOrCaller(input.UserName, ctx));
    const device = await requireDevice(tx, ctx.account, input.SerialNumber, ownerId(ctx.account, owner));
    await updateDevice(tx, device, { user_id: null, enabled_at: null });
    return {};
  },
};
