import type { Kysely } from "kysely";
import { Fault } from "../../../kernel/fault.ts";
import { flag, integer } from "../../../store/columns.ts";
import type { Migration, Rows, Tx } from "../../../store/types.ts";
import { limitExceeded } from "../faults.ts";
import type { EcrTables } from "../store.ts";

const mebibyte = 1024 * 1024;

/** Bytes of the largest layer: 52,000 MiB (User Guide, "Amazon ECR service quotas"). */
export const largestLayer = 52_000 * mebibyte;

/** Service quotas of layers that arrive through UploadLayerPart; only the last part may be smaller than the least. */
const partLimits = {
  leastPart: 5 * mebibyte,
  mostParts: 4_200,
} as const;

/** The parts of an upload so far. */
export interface PartColumns {
  readonly parts: number;
  /** Bytes of the last one. */
  readonly last_part: number;
  /** 1 when a part that was not the last was too small. */
  readonly short_part: 0 | 1;
}

async function addColumns(db: Kysely<unknown>): Promise<void> {
  for (const [name, type] of [
    ["parts", integer],
    ["last_part", integer],
    ["short_part", flag],
  ] as const) {
    await db.schema
      .alterTable("ecr_upload")
      .addColumn(name, type, (column) => column.notNull().defaultTo(0))
      .execute();
  }
}

export const layerPartMigrations: readonly Migration[] = [{ name: "ecr/006-layer-parts", up: addColumns }];

/** Whether another part may come. Throws `LimitExceededException`. */
export async function checkPartLimits(rows: Rows, uploadId: string, bytesInAll: number): Promise<void> {
  const { parts } = await partsOf(rows, uploadId);
  if (parts >= partLimits.mostParts)
    throw limitExceeded(`A layer has at most ${partLimits.mostParts} parts.`);
  if (bytesInAll > largestLayer) throw limitExceeded("A layer has at most 52000 MiB.");
}

/** Notes a part that arrived. */
export async function notePart(tx: Tx, uploadId: string, bytes: number): Promise<void> {
  const { parts, last_part, short_part } = await partsOf(tx, uploadId);
  const short = parts > 0 && last_part < partLimits.leastPart;
  await tx
    .tables<EcrTables>()
    .updateTable("ecr_upload")
    .set({ parts: parts + 1, last_part: bytes, short_part: short ? 1 : short_part })
    .where("upload_id", "=", uploadId)
    .execute();
}

/** Whether every part but the last was large enough. Throws `LayerPartTooSmallException` (API Reference). */
export async function checkPartSizes(rows: Rows, uploadId: string): Promise<void> {
  if ((await partsOf(rows, uploadId)).short_part === 1) {
    throw partTooSmall();
  }
}

/** A part that is not the last has less than `partLimits.leastPart` bytes. */
export function partTooSmall(): Fault {
  return new Fault("LayerPartTooSmallException", "Layer parts must be at least 5 MiB in size.");
}

async function partsOf(rows: Rows, uploadId: string): Promise<PartColumns> {
  const found = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_upload")
    .select(["parts", "last_part", "short_part"])
    .where("upload_id", "=", uploadId)
    .executeTakeFirst();
  return found ?? { parts: 0, last_part: 0, short_part: 0 };
}
