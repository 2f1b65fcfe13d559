import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Principal, UserPrincipal } from "../../../kernel/principal.ts";
import { type HashedPassword, hashFor, replacePassword, requireLoginProfile } from "../login-profiles.ts";
import { sameHash } from "../passwords.ts";
import { onUserOrCaller } from "../users.ts";

/** Lets a user change its own password, knowing the old one. */
export const changePassword: WriteOperation<
  typeof iam,
  "ChangePassword",
  { readonly old: HashedPassword; readonly fresh: HashedPassword }
> = {
  name: "ChangePassword",

  authorise: (_input, ctx) =>
    onUserOrCaller(ctx, "iam:ChangePassword", requireUserCaller(ctx.principal).userName),

  async prepare({ rows, principal }, input) {
    const profile = await requireLoginProfile(rows, ownerOf(requireUserCaller(principal)));
    return {
      old: await hashFor(profile, input.OldPassword),
      fresh: await hashFor(profile, input.NewPassword),
    };
  },

  async commit(tx, { principal, now }, input, { old, fresh }) {
    const profile = await requireLoginProfile(tx, ownerOf(requireUserCaller(principal)));
    if (!sameHash(profile.hash, old.hash)) {
      throw new Fault("AccessDenied", "The old password was incorrect.", { status: 403 });
    }
    await replacePassword(tx, profile, {
      password: input.NewPassword,
      hashed: fresh,
      resetRequired: false,
      now,
    });
    return {};
  },
};

function requireUserCaller(principal: Principal): UserPrincipal {
  if (principal.type === "IAMUser") return principal;
  throw new Fault("InvalidUserType", "Only IAM Users can change their own password");
}

const ownerOf = ({ userId: id, userName: name }: UserPrincipal) => ({ id, name });
