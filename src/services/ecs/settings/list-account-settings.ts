import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { rootArn } from "../../../kernel/arn.ts";
import { cutPage } from "../../../kernel/page.ts";
import { invalidParameter } from "../faults.ts";
import { pageSize, readAfter } from "../paging.ts";
import { describeSetting, namedPrincipal, ownSettings } from "./account-setting.ts";
import { knownSettings } from "./known-settings.ts";

/** AWS: a page of account settings has at most ten. */
const largestPage = 10;

/**
 * The settings of a principal, in order of their names: those that it has set, or with `effectiveSettings` those that
 * hold for it.
 */
export const listAccountSettings: ReadOperation<typeof ecs, "ListAccountSettings"> = {
  name: "ListAccountSettings",
  authorise: () => [{ action: "ecs:ListAccountSettings", resource: "*" }],
  async read(ctx, input) {
    const { name, value, effectiveSettings = false } = input;
    // AWS API Reference, ListAccountSettings: "If this value is specified, then you must also specify an account setting name."
    if (value !== undefined && name === undefined) {
      throw invalidParameter("Specify the account setting name together with the value.");
    }
    const limit = pageSize(input.maxResults, largestPage);
    const [after = ""] = readAfter(input.nextToken, 1) ?? [];
    const principal = namedPrincipal(input.principalArn, ctx);
    const root = rootArn(ctx.account);
    const settings = await ownSettings(ctx.rows, ctx, [...new Set([principal, root])]);
    const own = settings.get(principal);
    const found = (Object.keys(knownSettings) as ecs.SettingName[])
      .filter((one) => (name === undefined || one === name) && one > after)
      .flatMap((one) => {
        const set = own?.get(one);
        if (set !== undefined) return [describeSetting(one, set, principal)];
        if (!effectiveSettings) return [];
        const standard = settings.get(root)?.get(one) ?? knownSettings[one].standard;
        return [describeSetting(one, standard, principal)];
      })
      .filter((one) => value === undefined || one.value === value);
    const page = cutPage(found.slice(0, limit + 1), limit, (one) => [one.name ?? ""]);
    return { settings: [...page.rows], nextToken: page.next };
  },
};
