import type { InternalOperation } from "../../../dispatch/operation.ts";
import { parseArn } from "../../../kernel/arn.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Job } from "../../../store/types.ts";
import type { EcsPorts } from "../ports.ts";
import { ecsPrincipal } from "../role.ts";
import { listServicesBehind } from "../services/service.ts";
import { enqueueService } from "../services/service-job.ts";

/** What wakes the schedulers of the services behind a target group, in which a target's health has changed. */
export function wakeServicesBehind({
  jobs,
}: Pick<EcsPorts, "jobs">): InternalOperation<{ readonly job: Job }, unknown, boolean> {
  return {
    service: "ecs",
    name: "WakeServicesBehind",
    onlyFor: ecsPrincipal,
    unrecorded: true,
    authorise: () => [],
    async commit(tx, _ctx, { job }) {
      if (!(await jobs.finish(tx, job))) return false;
      // INVARIANT: Elastic Load Balancing alone writes to the queue.
      const { targetGroupArn } = job.payload as { readonly targetGroupArn: string };
      const { account, region } = parseArn(targetGroupArn) ?? {};
      const scope = { account: account as AccountId, region: region as Region };
      for (const key of await listServicesBehind(tx, scope, targetGroupArn)) await enqueueService(tx, key);
      return true;
    },
  };
}
