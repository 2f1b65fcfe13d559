import { minute } from "../../../kernel/duration.ts";
import type { NewJob } from "../../../store/types.ts";
import { type ClusterKey, clusterArn } from "../arn.ts";

/** The queue of clusters whose metrics of a minute are to be told. */
export const clusterMetricsQueue = "ecs.cluster-metrics";

/** Tells of a cluster at the end of the minute. There is a job only while tasks of the cluster are measured. */
export function clusterMetricsJob(key: ClusterKey, now: number): NewJob {
  return {
    queue: clusterMetricsQueue,
    key: clusterArn(key),
    account: key.account,
    region: key.region,
    payload: { cluster: key.cluster },
    notBefore: (Math.floor(now / minute) + 1) * minute,
  };
}
