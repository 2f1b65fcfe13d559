import type * as kms from "@aws-sdk/client-kms";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { materialsOf } from "../material.ts";
import { onKey } from "../on-key.ts";
import { pageOf, pageRequest } from "../paging.ts";
import { needKey } from "../resolve.ts";

/** The rotations of a key that have taken place, oldest first. */
export const listKeyRotations: ReadOperation<typeof kms, "ListKeyRotations"> = {
  name: "ListKeyRotations",
  authorise: onKey("kms:ListKeyRotations"),
  async read(ctx, input) {
    const page = pageRequest(input);
    const key = await needKey(ctx.rows, ctx, input.KeyId);
    const rotations = (await materialsOf(ctx.rows, key)).flatMap(({ version, rotation, created_at }) =>
      rotation === null || version <= Number(page.after) ? [] : [{ version, rotation, at: created_at }],
    );
    const { rows, more } = pageOf(rotations, page, ({ version }) => String(version));
    return {
      Rotations: rows.map(({ rotation, at }) => ({
        KeyId: key.arn,
        RotationDate: new Date(at),
        RotationType: rotation,
      })),
      ...more,
    };
  },
};
