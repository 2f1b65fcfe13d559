import type { AnyOperation } from "../../../dispatch/operation.ts";
import { reading } from "../operation.ts";
import type { Ec2Ports } from "../ports.ts";
import { needInstance } from "./instance-store.ts";
import { makeJoinToken } from "./join-token.ts";

/**
 * What an instance says on its console. One that waits for its machine says how a machine becomes it: with a token that
 * is good for an hour and for one machine. Whoever may read an instance's console may let a machine be it.
 */
export function getConsoleOutput({ sealer, addressOf }: Ec2Ports): AnyOperation {
  return reading(
    "GetConsoleOutput",
    ({ InstanceId }) => [{ type: "instance", id: InstanceId }],
    async (ctx, { InstanceId }) => {
      const instance = await needInstance(ctx.rows, ctx, InstanceId);
      const { account, region } = ctx;
      const waits = instance.document.state === "pending" && instance.document.operator === undefined;
      const text = waits
        ? [
            `${instance.id} waits for its machine. On that machine, run:`,
            "",
            `roadstead metadata --endpoint ${addressOf(ctx.source)} --join ${makeJoinToken(sealer, { account, region, instance: instance.id }, ctx.now)}`,
            "",
          ].join("\n")
        : "";
      return {
        InstanceId: instance.id,
        Timestamp: new Date(ctx.now),
        Output: Buffer.from(text, "utf8").toString("base64"),
      };
    },
  );
}
