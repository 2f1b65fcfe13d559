import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { devicesOf } from "../mfa-devices.ts";
import { ownerId } from "../owned-credentials.ts";
import { pageMembers, pageOfSorted, pageRequest } from "../paging.ts";
import { wholeSeconds } from "../time.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** The MFA devices of a user, or of the caller. */
export const listMFADevices: ReadOperation<typeof iam, "ListMFADevices"> = {
  name: "ListMFADevices",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:ListMFADevices", input.UserName),

  async read(ctx, input) {
    const { rows, account } = ctx;
    const owner = await keyOwner(rows, account, namedOrCaller(input.UserName, ctx));
    const devices = await devicesOf(rows, account, ownerId(account, owner));
    const page = pageOfSorted(devices, ({ arn }) => arn, pageRequest(input));
    return {
      MFADevices: page.rows.map((device) => ({
        UserName: owner.name,
        SerialNumber: device.arn,
        EnableDate: wholeSeconds(device.enabled_at ?? device.created_at),
      })),
      ...pageMembers(page),
    };
  },
};
