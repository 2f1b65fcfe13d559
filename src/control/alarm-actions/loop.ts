import {
  type AlarmActionOutcome,
  type AlarmActionTaker,
  alarmActionOf,
  alarmActionQueue,
  notTaken,
} from "../../dispatch/alarm-action.ts";
import type { InternalOperation } from "../../dispatch/operation.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

/** Actions brought at once by one process. */
const concurrency = 4;

/** CloudWatch in its own name. */
const cloudWatchPrincipal = "cloudwatch.amazonaws.com";

export interface AlarmActionPorts extends LoopPorts {
  /** The services that do what alarms ask for. */
  readonly takers: readonly AlarmActionTaker[];
  /** CloudWatch's own step: writes the alarm's history, and finishes the job in the same transaction. */
  readonly settleAlarmAction: InternalOperation<
    { readonly job: Job; readonly outcome: AlarmActionOutcome },
    undefined,
    boolean
  >;
}

/** Brings the actions of alarms to the services that do them. */
export function startAlarmActionLoop(ports: AlarmActionPorts): JobLoop {
  return startJobLoop(ports, {
    queue: alarmActionQueue,
    concurrency,
    async work(job) {
      const cloudWatch = ports.clientOf(cloudWatchPrincipal, job.account, job.region);
      const action = alarmActionOf(job);
      const taker = ports.takers.find((one) => one.takes(action.action));
      const outcome =
        taker === undefined ? notTaken(action.action) : await cloudWatch.invoke(taker.take, action);
      await cloudWatch.invoke(ports.settleAlarmAction, { job, outcome });
    },
  });
}
