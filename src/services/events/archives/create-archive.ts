import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { needBus } from "../buses.ts";
import { existsAlready, limitExceeded, notServed } from "../faults.ts";
import { eventPattern } from "../pattern/pattern.ts";
import { type Archive, archiveArn, findArchive, onArchive, sourceBus, writeArchive } from "./archive.ts";
import type { ArchiveTables } from "./archive-store.ts";
import { archiveExpiryJob } from "./archiving.ts";

/** EventBridge quotas: archives of a bus. */
const mostArchives = 100;

/** Keeps the events of a bus from now on: all of them, or those that match a pattern. */
export const createArchive: WriteOperation<typeof eventbridge, "CreateArchive", string> = {
  name: "CreateArchive",
  authorise: onArchive("events:CreateArchive"),
  prepare: async (ctx) => uuid(ctx.random),
  async commit(tx, ctx, input, id) {
    if (input.KmsKeyIdentifier) throw notServed("KmsKeyIdentifier", "Encryption of archives with a KMS key");
    const bus = sourceBus(input.EventSourceArn, ctx);
    if (input.EventPattern !== undefined) eventPattern(input.EventPattern);
    await needBus(tx, bus);
    const key = { account: ctx.account, region: ctx.region, name: input.ArchiveName };
    if ((await findArchive(tx, key)) !== undefined) throw existsAlready(`Archive ${key.name}`);
    const { count } = await tx
      .tables<ArchiveTables>()
      .selectFrom("events_archive")
      .select(({ fn }) => fn.countAll<number | string>().as("count"))
      .where("account", "=", key.account)
      .where("region", "=", key.region)
      .where("bus", "=", bus.name)
      .executeTakeFirstOrThrow();
    if (Number(count) >= mostArchives) throw limitExceeded();
    const archive: Archive = {
      ...key,
      id,
      bus: bus.name,
      description: input.Description,
      pattern: input.EventPattern,
      retention: input.RetentionDays ?? 0,
      createdAt: ctx.now,
    };
    await writeArchive(tx, archive);
    if (archive.retention > 0) await tx.enqueue(archiveExpiryJob(key, id, ctx.now));
    return { ArchiveArn: archiveArn(archive), State: "ENABLED", CreationTime: new Date(ctx.now) };
  },
};
