import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from "@aws-sdk/client-secrets-manager";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { minute } from "../../../kernel/duration.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { NewJob } from "../../../store/types.ts";
import type { ConnectionSecret } from "./parameters.ts";
import { apiDestinationsPrincipal, asApiDestinations } from "./role.ts";

/** The queue of secrets that no connection may need any more. */
export const secretRemovalQueue = "events.connection-secrets";

/** How long a secret waits for the connection that it was made for. */
const patience = 5 * minute;

/** Has a secret removed, at `notBefore` (epoch ms), unless a connection has it then. */
export function secretRemoval(
  { account, region }: { readonly account: AccountId; readonly region: Region },
  connection: string,
  secretArn: string,
  notBefore: number,
): NewJob {
  return {
    queue: secretRemovalQueue,
    key: secretArn,
    account,
    region,
    servicePrincipal: apiDestinationsPrincipal,
    payload: { connection, secretArn },
    notBefore,
  };
}

interface MadeSecret {
  readonly connection: string;
  readonly secretArn: string;
}

/**
 * Notes that a secret was made for a connection that is not there yet: when the connection is never made (the call
 * fails, the process ends), the secret goes.
 */
const expectConnection: InternalOperation<MadeSecret, undefined, void> = {
  service: "events",
  name: "ExpectConnection",
  onlyFor: apiDestinationsPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
  async commit(tx, ctx, { connection, secretArn }) {
    const { servicePrincipal: _, ...job } = secretRemoval(ctx, connection, secretArn, ctx.now + patience);
    // Not yet a use of the role; and it must not stand in for the removal that a deletion asks for at once.
    await tx.enqueue({ ...job, key: `${secretArn} unless used` });
  },
};

/**
 * Puts the parameters of a connection into a secret of its own, as the service-linked role ("Connections", User Guide).
 * @returns the secret's ARN.
 */
export async function makeSecret(
  ctx: PrepareContext,
  connection: string,
  value: ConnectionSecret,
  kmsKey: string | undefined,
): Promise<string> {
  const client = asApiDestinations(ctx);
  const { ARN: secretArn = "" } = await client.send(
    new CreateSecretCommand({
      Name: `events!connection/${connection}/${uuid(ctx.random)}`,
      SecretString: JSON.stringify(value),
      ...(kmsKey !== undefined && { KmsKeyId: kmsKey }),
    }),
  );
  await client.invoke(expectConnection, { connection, secretArn });
  return secretArn;
}

/** What a connection's secret holds, read as the service-linked role. */
export async function readSecret(ctx: PrepareContext, secretArn: string): Promise<ConnectionSecret> {
  const { SecretString = "{}" } = await asApiDestinations(ctx).send(
    new GetSecretValueCommand({ SecretId: secretArn }),
  );
  return JSON.parse(SecretString) as ConnectionSecret;
}

/** Gives a connection's secret another value, as the service-linked role. */
export async function changeSecret(
  ctx: PrepareContext,
  secretArn: string,
  value: ConnectionSecret,
): Promise<void> {
  await asApiDestinations(ctx).send(
    new PutSecretValueCommand({ SecretId: secretArn, SecretString: JSON.stringify(value) }),
  );
}
