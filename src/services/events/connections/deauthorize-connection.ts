import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import {
  type Connection,
  changedConnection,
  needConnection,
  onConnection,
  writeConnection,
} from "./connection.ts";
import { secretRemoval } from "./secret.ts";

/** Takes a connection's parameters away, with their secret; an update gives it others. */
export const deauthorizeConnection: WriteOperation<typeof eventbridge, "DeauthorizeConnection", string> = {
  name: "DeauthorizeConnection",
  authorise: onConnection("events:DeauthorizeConnection"),
  prepare: async (ctx) => uuid(ctx.random),
  async commit(tx, ctx, input, revision) {
    const { secretArn, stateReason: _, ...was } = await needConnection(tx, ctx, input.Name);
    const connection: Connection = {
      ...was,
      ...{ revision, state: "DEAUTHORIZED", shown: {}, modifiedAt: ctx.now },
    };
    await writeConnection(tx, connection);
    if (secretArn !== undefined) await tx.enqueue(secretRemoval(was, was.name, secretArn, ctx.now));
    return changedConnection(connection);
  },
};
