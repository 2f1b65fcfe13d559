import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { AccountId } from "../../../kernel/brand.ts";
import type { Rows } from "../../../store/types.ts";
import { requireUser } from "../entities.ts";
import { findDevice, requireDevice } from "../mfa-devices.ts";
import type { IamTables, MfaDeviceRow, UserRow } from "../store.ts";
import { wholeSeconds } from "../time.ts";
import { onUserOrCaller } from "../users.ts";

/** An MFA device, and since when it is whose. */
export const getMFADevice: ReadOperation<typeof iam, "GetMFADevice"> = {
  name: "GetMFADevice",

  async authorise(input, ctx) {
    const device = await findDevice(ctx.rows, ctx.account, input.SerialNumber);
    const owner = device === undefined ? undefined : await ownerOf(ctx.rows, ctx.account, device);
    return onUserOrCaller(ctx, "iam:GetMFADevice", input.UserName ?? owner?.name);
  },

  async read({ rows, account }, input) {
    const named = input.UserName === undefined ? undefined : await requireUser(rows, account, input.UserName);
    const device = await requireDevice(rows, account, input.SerialNumber, named?.id);
    const owner = named ?? (await ownerOf(rows, account, device));
    return {
      SerialNumber: device.arn,
      ...(owner === undefined ? {} : { UserName: owner.name }),
      ...(device.enabled_at === null ? {} : { EnableDate: wholeSeconds(device.enabled_at) }),
    };
  },
};

async function ownerOf(rows: Rows, account: AccountId, device: MfaDeviceRow): Promise<UserRow | undefined> {
  if (device.user_id === null) return undefined;
  return rows
    .tables<IamTables>()
    .selectFrom("iam_user")
    .selectAll()
    .where("account", "=", account)
    .where("id", "=", device.user_id)
    .executeTakeFirst();
}
