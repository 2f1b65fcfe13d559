import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { rootArn } from "../../../kernel/arn.ts";
import { describeSetting, namedPrincipal, putSetting } from "./account-setting.ts";
import { checkSetting, knownSettings } from "./known-settings.ts";

/** Changes a setting of a principal: the caller, or the one it names. The root's is everybody's default. */
export const putAccountSetting: WriteOperation<typeof ecs, "PutAccountSetting"> = {
  name: "PutAccountSetting",
  authorise: ({ name }) => [
    { action: "ecs:PutAccountSetting", resource: "*", context: { "ecs:account-setting": name } },
  ],
  async commit(tx, ctx, { name, value, principalArn }) {
    checkSetting(name, value);
    const named = namedPrincipal(principalArn, ctx);
    const principal = knownSettings[name].wholeAccount === true ? rootArn(ctx.account) : named;
    await putSetting(tx, ctx, principal, name, value);
    return { setting: describeSetting(name, value, principal) };
  },
};
