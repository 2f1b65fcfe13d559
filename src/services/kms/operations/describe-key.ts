import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { describeKey as describe } from "../key.ts";
import { onKey } from "../on-key.ts";
import { needKey } from "../resolve.ts";

/** What a key is, and in what state. */
export const describeKey: ReadOperation<typeof kms, "DescribeKey"> = {
  name: "DescribeKey",
  authorise: onKey("kms:DescribeKey"),
  read: async (ctx, input) => ({ KeyMetadata: describe(await needKey(ctx.rows, ctx, input.KeyId)) }),
};
