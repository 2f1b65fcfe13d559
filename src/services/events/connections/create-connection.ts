import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { alreadyThere, limitExceeded } from "../faults.ts";
import { authorizationJob } from "./authorization.ts";
import {
  type Connection,
  type ConnectionDocument,
  type ConnectionKey,
  changedConnection,
  findConnection,
  onConnection,
  writeConnection,
} from "./connection.ts";
import type { ConnectionTables } from "./connection-store.ts";
import { privateConnectivity, shownParameters, withParameters } from "./parameters.ts";
import { holdRole, prepareRole, type RolePreparation } from "./role.ts";
import { makeSecret } from "./secret.ts";

/** EventBridge quotas: connections of an account in a region. */
const mostConnections = 3_000;

interface Prepared {
  readonly role: RolePreparation;
  readonly secretArn: string | undefined;
  readonly shown: ConnectionDocument["shown"];
  readonly ids: readonly [id: string, revision: string];
}

/**
 * Makes a connection: its parameters go into a secret, written as the service-linked role. With OAuth it is AUTHORIZING
 * until a first token was got.
 */
export const createConnection: WriteOperation<typeof eventbridge, "CreateConnection", Prepared> = {
  name: "CreateConnection",
  authorise: onConnection("events:CreateConnection"),
  async prepare(ctx, input) {
    if (input.InvocationConnectivityParameters !== undefined) {
      throw privateConnectivity("InvocationConnectivityParameters");
    }
    const secret = withParameters(input.AuthorizationType, undefined, input.AuthParameters);
    if ((await findConnection(ctx.rows, keyOf(input, ctx))) !== undefined) {
      throw alreadyThere("Connection", input.Name);
    }
    const role = await prepareRole(ctx);
    // Without the role nothing can be written: the commit says why.
    const secretArn =
      role.denial === undefined
        ? await makeSecret(ctx, input.Name, secret, input.KmsKeyIdentifier)
        : undefined;
    const ids = [uuid(ctx.random), uuid(ctx.random)] as const;
    return { role, secretArn, shown: shownParameters(secret), ids };
  },
  async commit(tx, ctx, input, { role, secretArn, shown, ids }) {
    const key = keyOf(input, ctx);
    await holdRole(tx, ctx.account, role);
    if ((await findConnection(tx, key)) !== undefined) throw alreadyThere("Connection", input.Name);
    const { count } = await tx
      .tables<ConnectionTables>()
      .selectFrom("events_connection")
      .select(({ fn }) => fn.countAll<number | string>().as("count"))
      .where("account", "=", key.account)
      .where("region", "=", key.region)
      .executeTakeFirstOrThrow();
    if (Number(count) >= mostConnections) throw limitExceeded();
    const oauth = input.AuthorizationType === "OAUTH_CLIENT_CREDENTIALS";
    const [id, revision] = ids;
    const connection: Connection = {
      ...key,
      id,
      revision,
      state: oauth ? "AUTHORIZING" : "AUTHORIZED",
      type: input.AuthorizationType,
      description: input.Description,
      secretArn,
      kmsKey: input.KmsKeyIdentifier,
      shown,
      createdAt: ctx.now,
      modifiedAt: ctx.now,
      ...(!oauth && { authorizedAt: ctx.now }),
    };
    await writeConnection(tx, connection);
    if (oauth) await tx.enqueue(authorizationJob(connection));
    return changedConnection(connection);
  },
};

function keyOf(
  { Name: name }: { readonly Name: string },
  { account, region }: ConnectionKey | Omit<ConnectionKey, "name">,
) {
  return { account, region, name };
}
