import type { Job, Tx } from "../../../store/types.ts";
import { type ClusterKey, type DaemonKey, daemonArn } from "../arn.ts";

/** The queue of daemons that are to be looked at. */
export const daemonQueue = "ecs.daemon";

/** AWS: the group of a daemon's tasks. */
const groupPrefix = "daemon:";

/** What a job of the queue says, besides its account and region. */
interface DaemonJob {
  readonly cluster: string;
  readonly daemon: string;
}

/**
 * Wakes what looks after a daemon, in the transaction of what it is to see: a change of the daemon, of one of its
 * tasks, or of the instances that it is on.
 * @param notBefore epoch ms; now when left out.
 */
export async function enqueueDaemon(tx: Tx, key: DaemonKey, notBefore?: number): Promise<void> {
  await tx.enqueue({
    queue: daemonQueue,
    key: daemonArn(key),
    account: key.account,
    region: key.region,
    payload: { cluster: key.cluster, daemon: key.daemon } satisfies DaemonJob,
    notBefore,
  });
}

/** The daemon that a job is about. */
export function daemonOfJob(job: Job): DaemonKey {
  const { cluster, daemon } = job.payload as DaemonJob;
  return { account: job.account, region: job.region, cluster, daemon };
}

/** The group of a daemon's tasks. */
export function groupOfDaemon({ daemon }: Pick<DaemonKey, "daemon">): string {
  return `${groupPrefix}${daemon}`;
}

/** The daemon that a task belongs to, by its group: nobody else can give a task such a group. */
export function daemonOfTask(task: ClusterKey & { readonly group: string }): DaemonKey | undefined {
  if (!task.group.startsWith(groupPrefix)) return undefined;
  const { account, region, cluster, group } = task;
  return { account, region, cluster, daemon: group.slice(groupPrefix.length) };
}
