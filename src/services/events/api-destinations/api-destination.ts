import type {
  ApiDestinationHttpMethod,
  ApiDestination as ShownApiDestination,
} from "@aws-sdk/client-eventbridge";
import type { AuthoriseContext, CallContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import { formatArn, parseArn } from "../../../kernel/arn.ts";
import type { Arn } from "../../../kernel/brand.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { type ConnectionKey, connectionOfArn } from "../connections/connection.ts";
import type { ApiDestinationRow, ConnectionTables } from "../connections/connection-store.ts";
import { absent, invalid } from "../faults.ts";

/** What an API destination has besides its key and its connection. */
export interface ApiDestinationDocument {
  readonly endpoint: string;
  readonly method: ApiDestinationHttpMethod;
  /** Calls per second. */
  readonly rate: number;
  readonly description?: string | undefined;
  /** Epoch ms. */
  readonly modifiedAt: number;
}

/** An HTTP endpoint that rules can send to. */
export interface ApiDestination extends ConnectionKey, ApiDestinationDocument {
  readonly id: string;
  /** ARN. */
  readonly connection: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** API Reference, "CreateApiDestination": what holds when the call says nothing. */
export const defaultRate = 300;

/** `arn:aws:events:<region>:<account>:api-destination/<name>/<uuid>`. */
function apiDestinationArn({ account, region, name, id }: ConnectionKey & { readonly id: string }): Arn {
  return formatArn("events", region, account, `api-destination/${name}/${id}`);
}

/** Whether a text is the ARN of an API destination, with the UUID at its end. */
export function isApiDestinationArn(text: string): boolean {
  const arn = parseArn(text);
  return arn?.service === "events" && /^api-destination\/[.\-_A-Za-z0-9]+\/[-A-Za-z0-9]+$/.test(arn.resource);
}

/** Reads a row. */
export function apiDestinationOfRow(row: ApiDestinationRow): ApiDestination {
  const { account, region, name, id, connection, created_at: createdAt, document } = row;
  const key = { account, region, name } as ConnectionKey;
  return { ...key, id, connection, createdAt, ...JSON.parse(document) };
}

/** The API destination of a name, or `undefined`. */
export async function findApiDestination(
  rows: Rows,
  key: ConnectionKey,
): Promise<ApiDestination | undefined> {
  const row = await rows
    .tables<ConnectionTables>()
    .selectFrom("events_api_destination")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .executeTakeFirst();
  return row && apiDestinationOfRow(row);
}

/** The API destination of the caller's that has the name. Throws `ResourceNotFoundException`. */
export async function needApiDestination(
  rows: Rows,
  ctx: CallContext,
  name: string,
): Promise<ApiDestination> {
  const found = await findApiDestination(rows, { account: ctx.account, region: ctx.region, name });
  if (found === undefined) throw absent("API destination", name);
  return found;
}

/** The API destination of an ARN, or `undefined`. */
export async function apiDestinationOfArn(rows: Rows, arn: string): Promise<ApiDestination | undefined> {
  const [, , , region = "", account = "", resource = ""] = arn.split(":");
  const [, name = ""] = resource.split("/");
  const found = await findApiDestination(rows, { account, region, name } as ConnectionKey);
  return found !== undefined && apiDestinationArn(found) === arn ? found : undefined;
}

/** Writes an API destination whole. */
export async function writeApiDestination(tx: Tx, destination: ApiDestination): Promise<void> {
  const { account, region, name, id, connection, createdAt, ...document } = destination;
  const columns = { id, connection, created_at: createdAt, document: JSON.stringify(document) };
  await tx
    .tables<ConnectionTables>()
    .insertInto("events_api_destination")
    .values({ account, region, name, ...columns })
    .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet(columns))
    .execute();
}

/**
 * Checks what a call says of an endpoint.
 * AWS: endpoints speak HTTPS. Where private addresses may be called, plain HTTP is taken too.
 * @throws Fault `ValidationException`, in our words; `ResourceNotFoundException` for a connection that is not there.
 */
export async function checkEndpoint(
  rows: Rows,
  ctx: CallContext,
  given: { readonly InvocationEndpoint?: string | undefined; readonly ConnectionArn?: string | undefined },
  plainHttp: boolean,
): Promise<void> {
  const { InvocationEndpoint: endpoint, ConnectionArn: connection } = given;
  if (endpoint !== undefined) {
    const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
    if (url?.protocol !== "https:" && !(plainHttp && url?.protocol === "http:")) {
      throw invalid("Parameter InvocationEndpoint is not valid. Reason: it must be an https URL.");
    }
    if (url.hostname.includes("*") || url.username !== "" || url.password !== "") {
      throw invalid(
        "Parameter InvocationEndpoint is not valid. Reason: its host must have no wildcard, user name or password.",
      );
    }
  }
  if (connection === undefined) return;
  const found = await connectionOfArn(rows, connection);
  if (found?.account !== ctx.account || found.region !== ctx.region) {
    throw absent("Connection", connection.split("/")[1] ?? connection);
  }
}

/**
 * Asks for an action on the API destination that the input names, and on its connection where the action knows one.
 * One that is not there (yet) is decided on by an ARN whose UUID is a `*`. (ours)
 */
export function onApiDestination(
  action: string,
  options: { readonly connection?: boolean } = {},
): (
  input: { readonly Name: string; readonly ConnectionArn?: string | undefined },
  ctx: AuthoriseContext,
) => Promise<readonly Authorisation[]> {
  return async (input, ctx) => {
    const key = { account: ctx.account, region: ctx.region, name: input.Name };
    const found = await findApiDestination(ctx.rows, key);
    const wanted = [{ action, resource: apiDestinationArn(found ?? { ...key, id: "*" }) as string }];
    const connection = input.ConnectionArn ?? found?.connection;
    if (options.connection === true && connection !== undefined)
      wanted.push({ action, resource: connection });
    return wanted;
  };
}

/** An API destination as answers show it: it can be called while its connection is authorized. */
export async function showApiDestination(
  rows: Rows,
  destination: ApiDestination,
): Promise<ShownApiDestination> {
  const connection = await connectionOfArn(rows, destination.connection);
  return {
    ApiDestinationArn: apiDestinationArn(destination),
    Name: destination.name,
    ApiDestinationState: connection?.state === "AUTHORIZED" ? "ACTIVE" : "INACTIVE",
    ConnectionArn: destination.connection,
    InvocationEndpoint: destination.endpoint,
    HttpMethod: destination.method,
    InvocationRateLimitPerSecond: destination.rate,
    CreationTime: new Date(destination.createdAt),
    LastModifiedTime: new Date(destination.modifiedAt),
  };
}

/** The members that answers to changes of an API destination have. */
export async function changedApiDestination(rows: Rows, destination: ApiDestination) {
  const { ApiDestinationArn, ApiDestinationState, CreationTime, LastModifiedTime } = await showApiDestination(
    rows,
    destination,
  );
  return { ApiDestinationArn, ApiDestinationState, CreationTime, LastModifiedTime };
}
