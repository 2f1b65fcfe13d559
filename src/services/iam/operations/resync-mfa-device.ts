import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import {
  openSeed,
  requireConsecutiveCodes,
  requireDevice,
  resyncSteps,
  updateDevice,
} from "../mfa-devices.ts";
import { ownerId } from "../owned-credentials.ts";
import type { IamPorts } from "../ports.ts";
import { stepAt } from "../totp.ts";
import { namedOrRoot, onUserOrCaller } from "../users.ts";

/** Learns from two consecutive codes how far a device's clock is off. */
export const resyncMFADevice = ({ sealer }: IamPorts): WriteOperation<typeof iam, "ResyncMFADevice"> => ({
  name: "ResyncMFADevice",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:ResyncMFADevice", namedOrRoot(input.UserName, ctx)),

  async commit(tx, ctx, input) {
    const { account, now } = ctx;
    const owner = ownerId(account, await keyOwner(tx, account, namedOrRoot(input.UserName, ctx)));
    const device = await requireDevice(tx, account, input.SerialNumber, owner);
    const present = stepAt(now);
    const step = requireConsecutiveCodes(openSeed(sealer, device), input, {
      first: Math.max(present - resyncSteps, device.last_step + 2),
      last: present + resyncSteps,
    });
    await updateDevice(tx, device, { last_step: step, drift: step - present });
    return {};
  },
});
