import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { keyOwner, keysOf } from "../access-keys.ts";
import { countEntities } from "../entity-page.ts";
import { countProviders } from "../identity-providers.ts";
import { allDevices } from "../mfa-devices.ts";
import { credentialsOf } from "../owned-credentials.ts";
import { quotas } from "../quotas.ts";
import type { IamTables } from "../store.ts";

/** How much of IAM the account uses, and how much it may. */
export const getAccountSummary: ReadOperation<typeof iam, "GetAccountSummary"> = {
  name: "GetAccountSummary",

  authorise: () => [{ action: "iam:GetAccountSummary", resource: "*" }],

  async read({ rows, account }) {
    const root = await keyOwner(rows, account, undefined);
    const rootKeys = await keysOf(rows, account, root);
    const rootCertificates = await credentialsOf(rows, "iam_signing_certificate", account, root);
    const devices = await allDevices(rows, account);
    const { versions } = await rows
      .tables<IamTables>()
      .selectFrom("iam_policy_version as version")
      .innerJoin("iam_policy as policy", "policy.id", "version.policy_id")
      .select((query) => query.fn.countAll<number>().as("versions"))
      .where("policy.account", "=", account)
      .executeTakeFirstOrThrow();
    const preference = await rows
      .tables<IamTables>()
      .selectFrom("iam_token_preference")
      .select("version")
      .where("account", "=", account)
      .executeTakeFirst();
    const rootProfile = await rows
      .tables<IamTables>()
      .selectFrom("iam_login_profile")
      .select("user_id")
      .where("user_id", "=", account)
      .executeTakeFirst();
    return {
      SummaryMap: {
        ...Object.fromEntries(Object.entries(quotas).map(([name, limit]) => [`${name}Quota`, limit])),
        Users: await countEntities(rows, "iam_user", account),
        Groups: await countEntities(rows, "iam_group", account),
        Roles: await countEntities(rows, "iam_role", account),
        Policies: await countEntities(rows, "iam_policy", account),
        InstanceProfiles: await countEntities(rows, "iam_instance_profile", account),
        Providers: await countProviders(rows, account),
        PolicyVersionsInUse: Number(versions),
        AccountAccessKeysPresent: rootKeys.length > 0 ? 1 : 0,
        GlobalEndpointTokenVersion: preference?.version ?? 1,
        AccountSigningCertificatesPresent: rootCertificates.length > 0 ? 1 : 0,
        MFADevices: devices.length,
        MFADevicesInUse: devices.filter((device) => device.user_id !== null).length,
        ServerCertificates: await countEntities(rows, "iam_server_certificate", account),
        AccountMFAEnabled: devices.some((device) => device.user_id === account) ? 1 : 0,
        AccountPasswordPresent: rootProfile === undefined ? 0 : 1,
      },
    };
  },
};
