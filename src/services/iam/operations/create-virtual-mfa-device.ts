import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import { Fault } from "../../../kernel/fault.ts";
import { base32 } from "../base32.ts";
import { sealSeed } from "../mfa-devices.ts";
import { seedPicture } from "../mfa-picture.ts";
import type { IamPorts } from "../ports.ts";
import type { IamTables } from "../store.ts";
import { apiTags, creationPermissions, givenTags } from "../tags.ts";
import { seedBytes } from "../totp.ts";

/** Makes a virtual MFA device, assigned to nobody yet. Only this answer tells its seed, as text and as picture. */
export const createVirtualMFADevice = ({
  sealer,
}: IamPorts): WriteOperation<typeof iam, "CreateVirtualMFADevice"> => ({
  name: "CreateVirtualMFADevice",

  authorise: (input, ctx) =>
    creationPermissions(
      { create: "iam:CreateVirtualMFADevice", tag: "iam:TagMFADevice" },
      { resource: formatArn("iam", "", ctx.account, `mfa${input.Path ?? "/"}${input.VirtualMFADeviceName}`) },
      input.Tags,
    ),

  async commit(tx, { account, random, now }, input) {
    const { VirtualMFADeviceName: name, Path: path = "/" } = input;
    const tags = givenTags(input.Tags, "by case");
    const arn = formatArn("iam", "", account, `mfa${path}${name}`);
    const seed = random.bytes(seedBytes);
    const made = await tx
      .tables<IamTables>()
      .insertInto("iam_mfa_device")
      .values({
        arn,
        account,
        seed: sealSeed(sealer, seed),
        user_id: null,
        enabled_at: null,
        last_step: -1,
        drift: 0,
        created_at: now,
        tags: JSON.stringify(tags),
      })
      .onConflict((conflict) => conflict.column("arn").doNothing())
      .returning("arn")
      .executeTakeFirst();
    if (made === undefined) throw new Fault("EntityAlreadyExists", "MFA device already exists.");
    const facts = await tx
      .tables<IamTables>()
      .selectFrom("iam_account")
      .select("alias")
      .where("account", "=", account)
      .executeTakeFirst();
    const told = base32(seed);
    return {
      VirtualMFADevice: {
        SerialNumber: arn,
        Base32StringSeed: Buffer.from(told),
        QRCodePNG: seedPicture(name, facts?.alias ?? account, told),
        Tags: tags.length === 0 ? undefined : apiTags(tags),
      },
    };
  },
});
