import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { deleteSetting, describeSetting, namedPrincipal } from "./account-setting.ts";
import { knownSettings } from "./known-settings.ts";

/** Takes back what a principal has set: the account's default holds for it again. */
export const deleteAccountSetting: WriteOperation<typeof ecs, "DeleteAccountSetting"> = {
  name: "DeleteAccountSetting",
  authorise: ({ name }) => [
    { action: "ecs:DeleteAccountSetting", resource: "*", context: { "ecs:account-setting": name } },
  ],
  async commit(tx, ctx, { name, principalArn }) {
    const principal = namedPrincipal(principalArn, ctx);
    const value = await deleteSetting(tx, ctx, principal, name);
    return { setting: describeSetting(name, value ?? knownSettings[name].standard, principal) };
  },
};
