import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { registryOf } from "../arn.ts";
import { endBackfill, needBackfill, onBackfill, updateBackfill } from "../backfills/backfills.ts";

/** Stops a backfill: at once when nothing of it is under way, else when the last copy has ended. */
export const stopReplicationBackfill: WriteOperation<typeof ecr, "StopReplicationBackfill"> = {
  name: "StopReplicationBackfill",
  authorise: onBackfill("ecr:StopReplicationBackfill"),
  async commit(tx, ctx, input) {
    const registry = registryOf(input, ctx);
    const row = await needBackfill(tx, registry, input.replicationBackfillId, ctx.now);
    if (row.status !== "PREPARING" && row.status !== "IN_PROGRESS") {
      // User Guide, "Replication backfill". The text is ours.
      throw new Fault(
        "ReplicationBackfillInvalidStatusException",
        `The replication backfill with id '${row.id}' is ${row.status}: only one that is PREPARING or IN_PROGRESS can be stopped`,
      );
    }
    const idle = row.queued === row.completed + row.failed;
    if (idle) await endBackfill(tx, row, "STOPPED", ctx.now);
    else await updateBackfill(tx, row, { status: "STOPPING" });
    return {
      registryId: registry.account,
      replicationBackfillId: row.id,
      destination: { region: row.destination_region, registryId: row.destination_account },
      status: idle ? "STOPPED" : "STOPPING",
      startedAt: new Date(row.started_at),
    };
  },
};
