import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { accountSetting, checkAccountSetting } from "../account-settings.ts";
import { registryOf } from "../arn.ts";
import { findRegistry, updateRegistry } from "../registry.ts";

/** Changes one setting of the caller's registry. */
export const putAccountSetting: WriteOperation<typeof ecr, "PutAccountSetting"> = {
  name: "PutAccountSetting",
  authorise: ({ name }) => [
    { action: "ecr:PutAccountSetting", resource: "*", context: { "ecr:AccountSetting": name } },
  ],
  async commit(tx, ctx, { name, value }) {
    const setting = accountSetting(name);
    checkAccountSetting(setting, value);
    const registry = await findRegistry(tx, registryOf({}, ctx));
    const settings = JSON.stringify({ ...registry.settings, [setting]: value });
    await updateRegistry(tx, registry, { settings });
    // The scope of the registry policy decides which calls it governs.
    await tx.bumpEpoch(registry.account);
    return { name, value };
  },
};
