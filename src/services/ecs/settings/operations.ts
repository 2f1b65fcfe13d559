import type { AnyOperation } from "../../../dispatch/operation.ts";
import { deleteAccountSetting } from "./delete-account-setting.ts";
import { listAccountSettings } from "./list-account-settings.ts";
import { putAccountSetting } from "./put-account-setting.ts";
import { putAccountSettingDefault } from "./put-account-setting-default.ts";

/** Account settings. */
export const settingOperations = (): readonly AnyOperation[] => [
  listAccountSettings,
  putAccountSetting,
  putAccountSettingDefault,
  deleteAccountSetting,
];
