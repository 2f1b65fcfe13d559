import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { keyOwner } from "../access-keys.ts";
import {
  devicesOf,
  enablingSteps,
  mostDevicesPerUser,
  openSeed,
  requireConsecutiveCodes,
  requireDevice,
  updateDevice,
} from "../mfa-devices.ts";
import { ownerId } from "../owned-credentials.ts";
import type { IamPorts } from "../ports.ts";
import { quotaExceeded } from "../quotas.ts";
import { stepAt } from "../totp.ts";
import { namedOrRoot, onUserOrCaller } from "../users.ts";

/** Assigns a virtual MFA device to a user, or to root, who shows two consecutive codes of it. */
export const enableMFADevice = ({ sealer }: IamPorts): WriteOperation<typeof iam, "EnableMFADevice"> => ({
  name: "EnableMFADevice",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:EnableMFADevice", namedOrRoot(input.UserName, ctx)),

  async commit(tx, ctx, input) {
    const { account, now } = ctx;
    const owner = ownerId(account, await keyOwner(tx, account, namedOrRoot(input.UserName, ctx)));
    const device = await requireDevice(tx, account, input.SerialNumber);
    if (device.user_id !== null) {
      throw new Fault("EntityAlreadyExists", "MFA Device is already in use.");
    }
    if ((await devicesOf(tx, account, owner)).length >= mostDevicesPerUser) {
      throw quotaExceeded("MFADevicesPerUser", mostDevicesPerUser);
    }
    const present = stepAt(now);
    const step = requireConsecutiveCodes(openSeed(sealer, device), input, {
      // Neither of the two codes may have been used before.
      first: Math.max(present - enablingSteps, device.last_step + 2),
      last: present + 1,
    });
    await updateDevice(tx, device, { user_id: owner, enabled_at: now, last_step: step, drift: 0 });
    return {};
  },
});
