import type { AccountId, Region } from "../../../kernel/brand.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { Job } from "../../../store/types.ts";
import { backfillQueue } from "../backfills/backfills.ts";
import { provisionRepository } from "../creation-templates/provision-repository.ts";
import type { ReplicationOutcome } from "../data-plane.ts";
import type { TestWorld } from "../world.testing.ts";
import { type ReplicationJob, replicationPrincipal, replicationQueue, sourceImageGone } from "./job.ts";

/** Does what the loops of replication do, one step at a time, so that a test decides the order of things. */
export interface ReplicationDriver {
  /** Takes the next step of every backfill that has one; how many it took. */
  advance(): Promise<number>;
  /** Takes up to so many jobs of the replication loop; they are under way until `carry`. */
  take(limit: number): Promise<readonly Job[]>;
  /** Copies, or deletes, as the role; how that ended is for `settle`. */
  copy(job: Job): Promise<ReplicationOutcome>;
  settle(job: Job, outcome: ReplicationOutcome): Promise<void>;
  /** Both. */
  carry(job: Job): Promise<void>;
  /** Goes on until nothing is left to do. */
  drain(): Promise<void>;
}

export function replicationDriver(world: TestWorld): ReplicationDriver {
  const { store, operations } = world;
  const service = (account: string, region: string) =>
    world.dispatcher.clientOf(replicationPrincipal, account as AccountId, region as Region);

  async function outcomeOf(work: ReplicationJob): Promise<ReplicationOutcome> {
    const role = world.replicator(work.source.account, work.destination.region);
    const { source, digest, tag, repositoryName } = work;
    const repository = { registryId: work.destination.account, repositoryName };
    const image = { ...repository, source, digest, tag };
    const operation = work.action === "DELETE" ? operations.replicateDeletion : operations.replicateImage;
    try {
      await role.invoke(operation as typeof operations.replicateImage, image);
      return { status: "COMPLETE" };
    } catch (error) {
      if (!isFault(error)) throw error;
      if (error.code !== "RepositoryNotFoundException" || work.action === "DELETE") {
        const gone = error.code === "ImageNotFoundException";
        return { status: "FAILED", failureCode: gone ? sourceImageGone : error.code, error: error.message };
      }
      await provisionRepository(role, operations, { ...repository, appliedFor: "REPLICATION" });
      return await outcomeOf(work);
    }
  }

  const driver: ReplicationDriver = {
    async advance() {
      const jobs = await store.jobs.claim(backfillQueue, 10, 60_000);
      for (const job of jobs) {
        await service(job.account, job.region).invoke(operations.advanceBackfill, { job });
      }
      return jobs.length;
    },
    take: (limit) => store.jobs.claim(replicationQueue, limit, 60_000),
    copy: (job) => outcomeOf(job.payload as ReplicationJob),
    carry: async (job) => driver.settle(job, await driver.copy(job)),
    async settle(job, outcome) {
      await service(job.account, job.region).invoke(operations.settleReplication, { job, outcome });
    },
    async drain() {
      for (;;) {
        const steps = await driver.advance();
        const jobs = await driver.take(100);
        for (const job of jobs) await driver.carry(job);
        if (steps + jobs.length === 0) return;
      }
    },
  };
  return driver;
}
