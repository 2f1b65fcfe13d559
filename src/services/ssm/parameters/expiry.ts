import type { InternalOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Job, Tx } from "../../../store/types.ts";
import type { SsmPorts } from "../ports.ts";
import type { ParameterRow, SsmTables } from "../store.ts";
import { emitChange, emitPolicyAction } from "./change-event.ts";
import { type ParameterKey, parameterArn } from "./name.ts";
import {
  findParameter,
  finishPolicy,
  newestVersion,
  type Parameter,
  removeParameter,
  type Version,
} from "./parameter.ts";

/** The queue of parameters whose Expiration policy sets a time. */
const expiryQueue = "ssm.expiry";

/** Systems Manager in its own name. */
const ssmPrincipal = "ssm.amazonaws.com";

/** The queue of notifications that parameters' policies ask for. */
const notificationQueue = "ssm.policy-notifications";

interface NotificationJob {
  readonly name: string;
  /** The version whose policies they are: another one has its own. */
  readonly version: number;
  /** Epoch ms: when it was made, as a parameter that was deleted and made again counts its versions anew. */
  readonly createdAt: number;
  /** Which policy of the version. */
  readonly index: number;
}

/** Has the policies of a new version tell of what they are for, when the time comes. */
export async function scheduleNotifications(tx: Tx, parameter: Parameter, version: Version): Promise<void> {
  for (const [index, { due }] of version.document.policies.entries()) {
    if (due === undefined) continue;
    const { account, region, name } = parameter;
    const payload = { name, version: version.version, createdAt: version.createdAt, index };
    await tx.enqueue({
      queue: notificationQueue,
      key: `${parameter.arn} ${version.version} ${version.createdAt} ${index}`,
      ...{ account, region },
      payload: payload satisfies NotificationJob,
      notBefore: due,
    });
  }
}

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
const expireParameter = ({
  jobs,
}: SsmPorts): InternalOperation<{ readonly job: Job }, readonly [string, string], boolean> => ({
  service: "ssm",
  name: "ExpireParameter",
  onlyFor: ssmPrincipal,
  // Systems Manager's own work in its own name: there is no policy to ask.
  authorise: () => [],
  unrecorded: true,
  prepare: async (ctx) => [uuid(ctx.random), uuid(ctx.random)] as const,
  async commit(tx, ctx, { job }, [eventId, actionEventId]) {
    if (!(await jobs.finish(tx, job))) return false;
    const { name, expiresAt } = job.payload as ExpiryJob;
    const key: ParameterKey = { account: job.account, region: job.region, name };
    const row = await rowOf(tx, key);
    if (row?.expires_at !== expiresAt || expiresAt > ctx.now) return true;
    const parameter = { ...key, arn: parameterArn(key), version: row.version, tags: [] };
    const { document } = await newestVersion(tx, parameter);
    await removeParameter(tx, key);
    await emitChange(tx, ctx, eventId, parameter, document, "Delete");
    const policy = document.policies.find(({ type }) => type === "Expiration");
    if (policy !== undefined) await emitPolicyAction(tx, ctx, actionEventId, parameter, document, policy);
    return true;
  },
});

/** Tells that a parameter is about to expire, or has long not been changed, unless that is no longer so. */
const notifyOfPolicy = ({ jobs }: SsmPorts): InternalOperation<{ readonly job: Job }, string, boolean> => ({
  service: "ssm",
  name: "NotifyOfPolicy",
  onlyFor: ssmPrincipal,
  // Systems Manager's own work in its own name: there is no policy to ask.
  authorise: () => [],
  unrecorded: true,
  prepare: async (ctx) => uuid(ctx.random),
  async commit(tx, ctx, { job }, eventId) {
    if (!(await jobs.finish(tx, job))) return false;
    const { name, version, createdAt, index } = job.payload as NotificationJob;
    const parameter = await findParameter(tx, { account: job.account, region: job.region, name }, ctx.now);
    if (parameter?.version !== version) return true;
    const newest = await newestVersion(tx, parameter);
    const policy = newest.document.policies[index];
    if (newest.createdAt !== createdAt || policy === undefined) return true;
    await finishPolicy(tx, parameter, newest, index);
    await emitPolicyAction(tx, ctx, eventId, parameter, newest.document, policy);
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
  const servicePrincipal = ssmPrincipal;
  return [
    { queue: expiryQueue, servicePrincipal, conclude: expireParameter(ports) },
    { queue: notificationQueue, servicePrincipal, conclude: notifyOfPolicy(ports) },
  ];
}
