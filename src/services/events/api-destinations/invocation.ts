import type { ConnectionAuthorizationType } from "@aws-sdk/client-eventbridge";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { connectionOfArn } from "../connections/connection.ts";
import { absent } from "../faults.ts";
import { apiDestinationOfArn } from "./api-destination.ts";

/** What a call of an API destination is made of; its secret is read as the service-linked role. */
export interface Invocation {
  readonly endpoint: string;
  readonly method: string;
  /** Calls per second. */
  readonly rate: number;
  readonly connectionArn: string;
  /** Changes when the connection's parameters do. */
  readonly revision: string;
  readonly type: ConnectionAuthorizationType;
  readonly secretArn: string;
}

/**
 * Begins a call of an API destination, as the target's role: it needs `events:InvokeApiDestination`.
 * @throws Fault `ResourceNotFoundException`; `ConnectionNotAuthorized`, ours, which a retry may mend.
 */
export const invokeApiDestination: InternalOperation<
  { readonly apiDestinationArn: string },
  undefined,
  Invocation
> = {
  service: "events",
  name: "InvokeApiDestination",
  // AWS: calls of targets are data, which CloudTrail does not record.
  unrecorded: true,
  authorise: ({ apiDestinationArn: resource }) => [{ action: "events:InvokeApiDestination", resource }],
  async read({ rows }, { apiDestinationArn: arn }) {
    const destination = await apiDestinationOfArn(rows, arn);
    if (destination === undefined) throw absent("API destination", arn);
    const connection = await connectionOfArn(rows, destination.connection);
    if (connection === undefined) throw absent("Connection", destination.connection);
    const { state, secretArn, revision, type } = connection;
    if (state !== "AUTHORIZED" || secretArn === undefined) {
      throw new Fault("ConnectionNotAuthorized", `Connection ${connection.name} is ${state}.`);
    }
    const { endpoint, method, rate } = destination;
    return { endpoint, method, rate, connectionArn: destination.connection, revision, type, secretArn };
  },
};
