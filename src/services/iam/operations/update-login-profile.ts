import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireUser } from "../entities.ts";
import { type HashedPassword, hashFor, replacePassword, requireLoginProfile } from "../login-profiles.ts";
import type { IamTables } from "../store.ts";
import { onUserOrCaller } from "../users.ts";

/** Gives a user another password for the console, or says whether it must be changed at the next sign-in. */
export const updateLoginProfile: WriteOperation<
  typeof iam,
  "UpdateLoginProfile",
  HashedPassword | undefined
> = {
  name: "UpdateLoginProfile",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:UpdateLoginProfile", input.UserName),

  async prepare({ rows, account }, { UserName: name, Password: password }) {
    const profile = await requireLoginProfile(rows, await requireUser(rows, account, name));
    return password === undefined ? undefined : hashFor(profile, password);
  },

  async commit(tx, { account, now }, input, hashed) {
    const { Password: password, PasswordResetRequired: reset } = input;
    const profile = await requireLoginProfile(tx, await requireUser(tx, account, input.UserName));
    const resetRequired = reset ?? profile.reset_required === 1;
    if (password !== undefined && hashed !== undefined) {
      await replacePassword(tx, profile, { password, hashed, resetRequired, now });
      return {};
    }
    await tx
      .tables<IamTables>()
      .updateTable("iam_login_profile")
      .set({ reset_required: resetRequired ? 1 : 0 })
      .where("user_id", "=", profile.user_id)
      .execute();
    return {};
  },
};
