import type { InternalOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Job, Tx } from "../../../store/types.ts";
import type { SsmPorts } from "../ports.ts";
import type { ParameterRow, SsmTables } from "../store.ts";
import { emitChange } from "./change-event.ts";
import { type ParameterKey, parameterArn } from "./name.ts";
import { newestVersion, type Parameter, removeParameter } from "./parameter.ts";

/** The queue of parameters whose Expiration policy sets a time. */
const expiryQueue = "ssm.expiry";

/** Systems Manager in its own name. */
const ssmPrincipal = "ssm.amazonaws.com";

interface ExpiryJob {
  readonly name: string;
  /** Epoch ms. A parameter that was given another policy meanwhile has another. */
  readonly expiresAt: number;
}

/** Has a parameter deleted when its time comes. */
export async function scheduleExpiry(tx: Tx, { expiresAt, ...parameter }: Parameter): Promise<void> {
  if (expiresAt === undefined) return;
  await tx.enqueue({
    queue: expiryQueue,
    key: `${parameter.arn} ${expiresAt}`,
    account: parameter.account,
    region: parameter.region,
    payload: { name: parameter.name, expiresAt } satisfies ExpiryJob,
    notBefore: expiresAt,
  });
}

/**
 * The end of a parameter by its policy, unless it was given another meanwhile. It ends its job in the same transaction;
 * false when the job is somebody else's by now.
 */
const expireParameter = ({ jobs }: SsmPorts): InternalOperation<{ readonly job: Job }, string, boolean> => ({
  service: "ssm",
  name: "ExpireParameter",
  onlyFor: ssmPrincipal,
  // Systems Manager's own work in its own name: there is no policy to ask.
  authorise: () => [],
  unrecorded: true,
  prepare: async (ctx) => uuid(ctx.random),
  async commit(tx, ctx, { job }, eventId) {
    if (!(await jobs.finish(tx, job))) return false;
    const { name, expiresAt } = job.payload as ExpiryJob;
    const key: ParameterKey = { account: job.account, region: job.region, name };
    const row = await rowOf(tx, key);
    if (row?.expires_at !== expiresAt || expiresAt > ctx.now) return true;
    const parameter = { ...key, arn: parameterArn(key), version: row.version, tags: [] };
    const { document } = await newestVersion(tx, parameter);
    await removeParameter(tx, key);
    await emitChange(tx, ctx, eventId, parameter, document, "Delete");
    return true;
  },
});

function rowOf(tx: Tx, { account, region, name }: ParameterKey): Promise<ParameterRow | undefined> {
  return tx
    .tables<SsmTables>()
    .selectFrom("ssm_parameter")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("name", "=", name)
    .executeTakeFirst();
}

/** What Systems Manager does when a time comes that it set. */
export function ssmSchedule(ports: SsmPorts) {
  return [{ queue: expiryQueue, servicePrincipal: ssmPrincipal, conclude: expireParameter(ports) }];
}
