import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Job, Jobs, NewJob } from "../../../store/types.ts";
import { eventsPrincipal } from "../delivery.ts";
import {
  type Connection,
  connectionArn,
  connectionOfArn,
  findConnection,
  writeConnection,
} from "./connection.ts";

/** The queue of OAuth connections that are to get a first token. */
export const authorizationQueue = "events.authorizations";

/** What a connection's authorization is done with. */
interface AuthorizationJob {
  readonly connectionArn: string;
  readonly revision: string;
}

/** Has a first token got for a connection, as it is now. */
export function authorizationJob(connection: Connection): NewJob {
  const arn = connectionArn(connection);
  const payload: AuthorizationJob = { connectionArn: arn, revision: connection.revision };
  const { account, region, revision } = connection;
  return { queue: authorizationQueue, key: `${arn} ${revision}`, account, region, payload };
}

/** What EventBridge does for its connections, with nobody's call but its own loops'. None has a wire form. */
export interface ConnectionOperations {
  /** The secret of the connection that a job is about; `undefined` when it was changed or removed since. */
  readonly secretToAuthorize: InternalOperation<{ readonly job: Job }, undefined, string | undefined>;
  /** Writes how the authorization went, and ends its job. False when the job's lease was lost. */
  readonly settleAuthorization: InternalOperation<SettledAuthorization, undefined, boolean>;
  /** Whether a secret that was to be removed is some connection's all the same. */
  readonly secretIsUsed: InternalOperation<{ readonly job: Job }, undefined, boolean>;
}

interface SettledAuthorization {
  readonly job: Job;
  /** Why no token was got. */
  readonly error?: string;
}

/** Bookkeeping of the service in its own tables: AWS knows no permission for it, and CloudTrail no record. */
const bookkeeping = {
  service: "events",
  onlyFor: eventsPrincipal,
  unrecorded: true,
  authorise: () => [],
} as const;

export function createConnectionOperations({ jobs }: { readonly jobs: Jobs }): ConnectionOperations {
  return {
    secretToAuthorize: {
      ...bookkeeping,
      name: "SecretToAuthorize",
      async read({ rows }, { job }) {
        const { connectionArn: arn, revision } = job.payload as AuthorizationJob;
        const connection = await connectionOfArn(rows, arn);
        return connection?.revision === revision ? connection.secretArn : undefined;
      },
    },

    settleAuthorization: {
      ...bookkeeping,
      name: "SettleAuthorization",
      async commit(tx, ctx, { job, error }) {
        if (!(await jobs.finish(tx, job))) return false;
        const { connectionArn: arn, revision } = job.payload as AuthorizationJob;
        const connection = await connectionOfArn(tx, arn);
        if (connection?.revision !== revision) return true;
        await writeConnection(tx, {
          ...connection,
          ...(error === undefined
            ? { state: "AUTHORIZED", authorizedAt: ctx.now }
            : { state: "DEAUTHORIZED", stateReason: error.slice(0, 512) }),
        });
        return true;
      },
    },

    secretIsUsed: {
      ...bookkeeping,
      name: "SecretIsUsed",
      async read({ rows }, { job }) {
        const { connection: name, secretArn } = job.payload as {
          readonly connection: string;
          readonly secretArn: string;
        };
        const key = { account: job.account as AccountId, region: job.region as Region, name };
        return (await findConnection(rows, key))?.secretArn === secretArn;
      },
    },
  };
}
