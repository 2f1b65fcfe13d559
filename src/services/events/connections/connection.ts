import type {
  ConnectionAuthorizationType,
  ConnectionAuthResponseParameters,
  ConnectionState,
  Connection as ShownConnection,
} from "@aws-sdk/client-eventbridge";
import type { AuthoriseContext, CallContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { absent } from "../faults.ts";
import type { ConnectionRow, ConnectionTables } from "./connection-store.ts";

/** What names a connection: connections of an account in a region differ by name. */
export interface ConnectionKey {
  readonly account: AccountId;
  readonly region: Region;
  readonly name: string;
}

/** What a connection has besides its key and its state. */
export interface ConnectionDocument {
  readonly type: ConnectionAuthorizationType;
  readonly description?: string | undefined;
  /** Absent once it was deauthorized. */
  readonly secretArn?: string | undefined;
  /** The KMS key of the secret, as the caller named it. */
  readonly kmsKey?: string | undefined;
  /** The parameters without what is secret of them: answers show these. */
  readonly shown: ConnectionAuthResponseParameters;
  readonly stateReason?: string | undefined;
  /** Epoch ms. */
  readonly modifiedAt: number;
  readonly authorizedAt?: number | undefined;
  /** Changes with every change of the parameters: tokens and jobs know by it whether they still count. */
  readonly revision: string;
}

/** A connection: how EventBridge makes itself known to an HTTP endpoint. */
export interface Connection extends ConnectionKey, ConnectionDocument {
  readonly id: string;
  readonly state: ConnectionState;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** `arn:aws:events:<region>:<account>:connection/<name>/<uuid>`. */
export function connectionArn({ account, region, name, id }: ConnectionKey & { readonly id: string }): Arn {
  return formatArn("events", region, account, `connection/${name}/${id}`);
}

/** Reads a row. */
export function connectionOfRow(row: ConnectionRow): Connection {
  const { account, region, name, id, state, created_at: createdAt, document } = row;
  const key = { account, region, name } as ConnectionKey;
  return { ...key, id, state: state as ConnectionState, createdAt, ...JSON.parse(document) };
}

/** The connection of a name, or `undefined`. */
export async function findConnection(rows: Rows, key: ConnectionKey): Promise<Connection | undefined> {
  const row = await rows
    .tables<ConnectionTables>()
    .selectFrom("events_connection")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .executeTakeFirst();
  return row && connectionOfRow(row);
}

/** The connection of the caller's that has the name. Throws `ResourceNotFoundException`. */
export async function needConnection(rows: Rows, ctx: CallContext, name: string): Promise<Connection> {
  const found = await findConnection(rows, { account: ctx.account, region: ctx.region, name });
  if (found === undefined) throw absent("Connection", name);
  return found;
}

/** The connection of an ARN, or `undefined`: one that was made anew under its name has another. */
export async function connectionOfArn(rows: Rows, arn: string): Promise<Connection | undefined> {
  const [, , , region = "", account = "", resource = ""] = arn.split(":");
  const [, name = ""] = resource.split("/");
  const found = await findConnection(rows, { account, region, name } as ConnectionKey);
  return found !== undefined && connectionArn(found) === arn ? found : undefined;
}

/** Writes a connection whole. */
export async function writeConnection(tx: Tx, connection: Connection): Promise<void> {
  const { account, region, name, id, state, createdAt, ...document } = connection;
  const columns = { id, state, created_at: createdAt, document: JSON.stringify(document) };
  await tx
    .tables<ConnectionTables>()
    .insertInto("events_connection")
    .values({ account, region, name, ...columns })
    .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet(columns))
    .execute();
}

/**
 * Asks for an action on the connection that the input names. One that is not there (yet) is decided on by an ARN whose
 * UUID is a `*`, which `connection/name/*` in a policy matches. (ours)
 */
export function onConnection(
  action: string,
): (input: { readonly Name: string }, ctx: AuthoriseContext) => Promise<readonly Authorisation[]> {
  return async (input, ctx) => {
    const key = { account: ctx.account, region: ctx.region, name: input.Name };
    const found = await findConnection(ctx.rows, key);
    return [{ action, resource: connectionArn(found ?? { ...key, id: "*" }) }];
  };
}

/** What ListConnections shows, and every other answer begins with. */
export function showConnection(connection: Connection): ShownConnection {
  const { authorizedAt } = connection;
  return {
    ConnectionArn: connectionArn(connection),
    Name: connection.name,
    ConnectionState: connection.state,
    StateReason: connection.stateReason,
    AuthorizationType: connection.type,
    CreationTime: new Date(connection.createdAt),
    LastModifiedTime: new Date(connection.modifiedAt),
    LastAuthorizedTime: authorizedAt === undefined ? undefined : new Date(authorizedAt),
  };
}

/** The members that answers to changes of a connection have. */
export function changedConnection(connection: Connection) {
  const { ConnectionArn, ConnectionState, CreationTime, LastModifiedTime, LastAuthorizedTime } =
    showConnection(connection);
  return { ConnectionArn, ConnectionState, CreationTime, LastModifiedTime, LastAuthorizedTime };
}
