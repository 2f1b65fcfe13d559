import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { rootArn } from "../../../kernel/arn.ts";
import { describeSetting, putSetting } from "./account-setting.ts";
import { checkSetting } from "./known-settings.ts";

/** Changes what all principals of the account have that have not set it for themselves. */
export const putAccountSettingDefault: WriteOperation<typeof ecs, "PutAccountSettingDefault"> = {
  name: "PutAccountSettingDefault",
  authorise: ({ name }) => [
    { action: "ecs:PutAccountSettingDefault", resource: "*", context: { "ecs:account-setting": name } },
  ],
  async commit(tx, ctx, { name, value }) {
    checkSetting(name, value);
    const principal = rootArn(ctx.account);
    await putSetting(tx, ctx, principal, name, value);
    return { setting: describeSetting(name, value, principal) };
  },
};
