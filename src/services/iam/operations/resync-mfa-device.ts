import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireUser } from "../entities.ts";
import {
  openSeed,
  requireConsecutiveCodes,
  requireDevice,
  resyncSteps,
  updateDevice,
} from "../mfa-devices.ts";
import type { IamPorts } from "../ports.ts";
import { stepAt } from "../totp.ts";
import { onUserOrCaller } from "../users.ts";

/** Learns from two consecutive codes how far a device's clock is off. */
export const resyncMFADevice = ({ sealer }: IamPorts): WriteOperation<typeof iam, "ResyncMFADevice"> => ({
  name: "ResyncMFADevice",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:ResyncMFADevice", input.UserName),

  async commit(tx, { account, now }, input) {
    const user = await requireUser(tx, account, input.UserName);
    const device = await requireDevice(tx, account, input.SerialNumber, user.id);
    const present = stepAt(now);
    const step = requireConsecutiveCodes(openSeed(sealer, device), input, {
      first: Math.max(present - resyncSteps, device.last_step + 2),
      last: present + resyncSteps,
    });
    await updateDevice(tx, device, { last_step: step, drift: step - present });
    return {};
  },
});
