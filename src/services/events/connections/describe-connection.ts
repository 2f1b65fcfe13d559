import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { needConnection, onConnection, showConnection } from "./connection.ts";

/** One connection, with what is not secret of its parameters. */
export const describeConnection: ReadOperation<typeof eventbridge, "DescribeConnection"> = {
  name: "DescribeConnection",
  authorise: onConnection("events:DescribeConnection"),
  async read(ctx, input) {
    const connection = await needConnection(ctx.rows, ctx, input.Name);
    return {
      ...showConnection(connection),
      Description: connection.description,
      SecretArn: connection.secretArn,
      KmsKeyIdentifier: connection.kmsKey,
      AuthParameters: connection.shown,
    };
  },
};
