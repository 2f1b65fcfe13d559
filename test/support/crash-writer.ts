import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { openBlobs } from "../../src/blobs/open.ts";
import type { BlobStore } from "../../src/blobs/types.ts";
import type { AccountId, Digest, Region } from "../../src/kernel/brand.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { sha256Digest } from "../../src/kernel/digest.ts";
import { systemRandom } from "../../src/kernel/random.ts";
import { integer, keyText } from "../../src/store/columns.ts";
import { openStore } from "../../src/store/open.ts";
import type { Migration, Store } from "../../src/store/types.ts";

/**
 * A process that stores until it is killed: blobs, then a row and a job in one transaction for each, and an upload in
 * pieces. It says what it was told is stored, a line each, after it was told.
 */

export interface CrashTables {
  stored: { digest: string; size: number };
}

export const crashMigrations: readonly Migration[] = [
  {
    name: "crash/001-stored",
    async up(db, dialect) {
      await db.schema
        .createTable("stored")
        .addColumn("digest", keyText(dialect), (column) => column.primaryKey())
        .addColumn("size", integer, (column) => column.notNull())
        .execute();
    },
  },
];

export const crashQueue = "crash";

/** What the writer says, a line of JSON each: a blob with its row is stored, or so much of the upload is received. */
export type Said = { readonly stored: string; readonly digest: Digest } | { readonly received: number };

function say(said: Said): void {
  console.log(JSON.stringify(said));
}

const writers = 3;

/** Opens what the writer writes to. */
export async function openCrashStores(dataDir: string): Promise<{ store: Store; blobs: BlobStore }> {
  const store = await openStore({
    dataDir,
    migrations: crashMigrations,
    clock: systemClock,
    random: systemRandom,
  });
  return { store, blobs: await openBlobs({ dataDir }) };
}

/** The bytes of a name, the same each time: what was stored can be told from what should have been. */
export function bytesOf(name: string): Buffer {
  const block = createHash("sha256").update(name).digest();
  const size = 1 + (block.readUInt32BE() % 100_000);
  return Buffer.alloc(size, block);
}

async function* chunked(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 16_384) {
    yield bytes.subarray(at, at + 16_384);
    await new Promise(setImmediate);
  }
}

async function write(
  { store, blobs }: Awaited<ReturnType<typeof openCrashStores>>,
  name: string,
): Promise<void> {
  const { digest, size } = await blobs.put(Readable.from(chunked(bytesOf(name))));
  await store.transaction(async (tx) => {
    await tx.tables<CrashTables>().insertInto("stored").values({ digest, size }).execute();
    await tx.enqueue({
      queue: crashQueue,
      key: digest,
      account: "000000000000" as AccountId,
      region: "eu-west-1" as Region,
      payload: null,
    });
  });
  say({ stored: name, digest });
}

async function upload({ blobs }: Awaited<ReturnType<typeof openCrashStores>>, id: string): Promise<void> {
  await blobs.begin(id);
  say({ received: 0 });
  for (let piece = 0, at = 0; ; piece += 1) {
    at = await blobs.append(id, at, Readable.from(chunked(bytesOf(`${id} ${piece}`))));
    say({ received: at });
  }
}

/** The first `size` bytes of what the upload sends. */
export function uploadBytes(id: string, size: number): Buffer {
  const pieces: Buffer[] = [];
  for (let piece = 0, at = 0; at < size; piece += 1) {
    const bytes = bytesOf(`${id} ${piece}`);
    pieces.push(bytes);
    at += bytes.length;
  }
  return Buffer.concat(pieces).subarray(0, size);
}

export function digestOfBytes(bytes: Buffer) {
  return sha256Digest(createHash("sha256").update(bytes).digest("hex"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [dataDir = "", run = "", uploadId = ""] = process.argv.slice(2);
  const stores = await openCrashStores(dataDir);
  const forever = async (writer: number) => {
    for (let count = 0; ; count += 1) await write(stores, `${run} ${writer} ${count}`);
  };
  await Promise.all([
    upload(stores, uploadId),
    ...Array.from({ length: writers }, (_, writer) => forever(writer)),
  ]);
}
