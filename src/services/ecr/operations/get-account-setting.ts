import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { accountSetting } from "../account-settings.ts";
import { registryOf } from "../arn.ts";
import { findRegistry } from "../registry.ts";

/** One setting of the caller's registry. */
export const getAccountSetting: ReadOperation<typeof ecr, "GetAccountSetting"> = {
  name: "GetAccountSetting",
  authorise: ({ name }) => [
    { action: "ecr:GetAccountSetting", resource: "*", context: { "ecr:AccountSetting": name } },
  ],
  async read(ctx, { name }) {
    const setting = accountSetting(name);
    const { settings } = await findRegistry(ctx.rows, registryOf({}, ctx));
    return { name, value: settings[setting] };
  },
};
