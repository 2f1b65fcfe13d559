import type * as eventbridge from "@aws-sdk/client-eventbridge";
import { StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { invalid, notServed } from "../faults.ts";
import { authorizationJob } from "./authorization.ts";
import {
  type Connection,
  type ConnectionDocument,
  changedConnection,
  needConnection,
  onConnection,
  writeConnection,
} from "./connection.ts";
import { privateConnectivity, shownParameters, withParameters } from "./parameters.ts";
import { holdRole, prepareRole, type RolePreparation } from "./role.ts";
import { changeSecret, makeSecret, readSecret } from "./secret.ts";

interface Prepared {
  readonly before: string;
  readonly role: RolePreparation | undefined;
  readonly secretArn: string | undefined;
  readonly shown: ConnectionDocument["shown"] | undefined;
  readonly revision: string;
}

/**
 * Changes a connection's description or parameters; the secret gets a new value, one that was deauthorized a new secret.
 * With OAuth it is authorized anew.
 */
export const updateConnection: WriteOperation<typeof eventbridge, "UpdateConnection", Prepared> = {
  name: "UpdateConnection",
  authorise: onConnection("events:UpdateConnection"),
  async prepare(ctx, input) {
    if (input.InvocationConnectivityParameters !== undefined) {
      throw privateConnectivity("InvocationConnectivityParameters");
    }
    const before = await needConnection(ctx.rows, ctx, input.Name);
    if (input.KmsKeyIdentifier !== undefined && input.KmsKeyIdentifier !== (before.kmsKey ?? "")) {
      throw notServed("KmsKeyIdentifier", "Another KMS key for a connection that is there");
    }
    const type = input.AuthorizationType ?? before.type;
    const same = { before: before.revision, revision: uuid(ctx.random) };
    const { AuthParameters: given } = input;
    if (given === undefined) {
      if (type !== before.type) throw invalid("Parameter AuthParameters must be specified.");
      return { ...same, role: undefined, secretArn: before.secretArn, shown: undefined };
    }
    const role = await prepareRole(ctx);
    if (role.denial !== undefined) return { ...same, role, secretArn: undefined, shown: undefined };
    const { secretArn } = before;
    const had =
      secretArn === undefined || type !== before.type ? undefined : await readSecret(ctx, secretArn);
    const secret = withParameters(type, had, given);
    const shown = shownParameters(secret);
    if (secretArn === undefined) {
      return { ...same, role, shown, secretArn: await makeSecret(ctx, input.Name, secret, before.kmsKey) };
    }
    await changeSecret(ctx, secretArn, secret);
    return { ...same, role, shown, secretArn };
  },
  async commit(tx, ctx, input, { before, role, secretArn, shown, revision }) {
    const was = await needConnection(tx, ctx, input.Name);
    if (was.revision !== before) throw new StalePreparation("the connection was changed");
    if (role !== undefined) await holdRole(tx, ctx.account, role);
    const description = input.Description ?? was.description;
    const unchanged: Connection = { ...was, description, modifiedAt: ctx.now };
    if (shown === undefined) {
      await writeConnection(tx, unchanged);
      return changedConnection(unchanged);
    }
    const type = input.AuthorizationType ?? was.type;
    const oauth = type === "OAUTH_CLIENT_CREDENTIALS";
    const { stateReason: _, ...kept } = unchanged;
    const changed: Connection = {
      ...kept,
      ...{ type, secretArn, shown, revision },
      state: oauth ? "AUTHORIZING" : "AUTHORIZED",
      ...(!oauth && { authorizedAt: ctx.now }),
    };
    await writeConnection(tx, changed);
    if (oauth) await tx.enqueue(authorizationJob(changed));
    return changedConnection(changed);
  },
};
