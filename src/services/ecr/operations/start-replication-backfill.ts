import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import { registryOf } from "../arn.ts";
import { advanceJob, onBackfill, unfinishedBackfills } from "../backfills/backfills.ts";
import type { BackfillTables } from "../backfills/store.ts";
import { invalidParameter } from "../faults.ts";
import { findRegistry } from "../registry.ts";

/** API Reference, "StartReplicationBackfill": backfills of a registry in progress at once. */
const mostAtOnce = 10;

/**
 * Begins to replicate the images that a registry had before its replication was configured. The texts of its refusals
 * are ours, except that of ReplicationBackfillInProgressException: AWS's are not published.
 */
export const startReplicationBackfill: WriteOperation<typeof ecr, "StartReplicationBackfill", string> = {
  name: "StartReplicationBackfill",
  authorise: onBackfill("ecr:StartReplicationBackfill"),
  async prepare(ctx) {
    return uuid(ctx.random);
  },
  async commit(tx, ctx, input, id) {
    const registry = registryOf(input, ctx);
    const { region = "", registryId = "" } = input.destination;
    const { replication } = await findRegistry(tx, registry);
    const configured = replication.rules
      .flatMap((rule) => rule.destinations)
      .some((destination) => destination.region === region && destination.registryId === registryId);
    if (!configured) {
      throw invalidParameter(
        "destination",
        `The registry '${registryId}' in '${region}' is not a destination of the registry's replication configuration`,
      );
    }
    const others = await unfinishedBackfills(tx, registry);
    if (others.some((other) => other.destination_region === region)) {
      throw new Fault(
        "ReplicationBackfillInProgressException",
        "A replication backfill is already in progress for the specified destination Region.",
      );
    }
    if (others.length >= mostAtOnce) {
      throw new Fault(
        "LimitExceededException",
        `The number of replication backfills in progress in the registry with id '${registry.account}' must not exceed ${mostAtOnce}`,
      );
    }
    await tx
      .tables<BackfillTables>()
      .insertInto("ecr_backfill")
      .values({
        ...registry,
        id,
        destination_account: registryId,
        destination_region: region,
        status: "PREPARING",
        failure_code: null,
        total: 0,
        queued: 0,
        completed: 0,
        failed: 0,
        failure_codes: "[]",
        cursor: "{}",
        started_at: ctx.now,
        ended_at: null,
      })
      .execute();
    await tx.enqueue(advanceJob(registry, id));
    return {
      replicationBackfillId: id,
      registryId: registry.account,
      destination: { region, registryId },
      status: "PREPARING",
      startedAt: new Date(ctx.now),
    };
  },
};
