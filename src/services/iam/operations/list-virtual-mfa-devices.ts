import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import { allDevices } from "../mfa-devices.ts";
import { pageMembers, pageOfSorted, pageRequest } from "../paging.ts";
import type { IamTables } from "../store.ts";
import { wholeSeconds } from "../time.ts";
import { apiRoot, apiUser } from "../users.ts";

/** The account's virtual MFA devices with the users, or root, to whom they are assigned. */
export const listVirtualMFADevices: ReadOperation<typeof iam, "ListVirtualMFADevices"> = {
  name: "ListVirtualMFADevices",

  authorise: (_input, ctx) => [
    { action: "iam:ListVirtualMFADevices", resource: "*", shown: formatArn("iam", "", ctx.account, "mfa/") },
  ],

  async read({ rows, account }, input) {
    const { AssignmentStatus: asked = "Any" } = input;
    const devices = (await allDevices(rows, account)).filter(
      ({ user_id: user }) => asked === "Any" || (asked === "Assigned") === (user !== null),
    );
    const page = pageOfSorted(devices, ({ arn }) => arn, pageRequest(input));
    const owners = page.rows.flatMap(({ user_id: id }) => (id === null ? [] : [id]));
    const users =
      owners.length === 0
        ? []
        : await rows
            .tables<IamTables>()
            .selectFrom("iam_user")
            .selectAll()
            .where("id", "in", owners)
            .execute();
    return {
      VirtualMFADevices: page.rows.map((device) => {
        const user = users.find(({ id }) => id === device.user_id);
        const shown = device.user_id === account ? apiRoot(account) : user && apiUser(user);
        return {
          SerialNumber: device.arn,
          ...(shown === undefined ? {} : { User: shown }),
          ...(device.enabled_at === null ? {} : { EnableDate: wholeSeconds(device.enabled_at) }),
        };
      }),
      ...pageMembers(page),
    };
  },
};
