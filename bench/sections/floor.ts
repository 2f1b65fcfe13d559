import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { mib, type Row, type Scale, sideBySide, speed } from "../measure.ts";
import { push, roadsteadTarget } from "./registry.ts";

const size = 1024 * mib;

/** What no push can beat: its bytes hashed once, and written and synced once. And how near one PUT comes. */
export async function benchFloor(scale: Scale): Promise<Row[]> {
  const target = await roadsteadTarget();
  try {
    const [hashed = 0, written = 0, pushed = 0] = await sideBySide(scale.rounds, [
      () => timed(hashStream),
      () => timed(syncedWrite),
      async (round) => {
        const { amount, seconds } = await push(target, "put", [{ name: `floor ${round}`, size }], 1);
        return amount / seconds;
      },
    ]);
    const floor = Math.min(hashed, written);
    return [
      { what: "floor: one SHA-256 pass through a stream, 1 GiB", ours: speed(hashed) },
      { what: "floor: one synced write, 1 GiB", ours: speed(written) },
      {
        what: "push 1 GiB, one PUT, against the slower of the two",
        ours: speed(pushed),
        peer: "floor",
        peerValue: speed(floor),
        ratio: pushed / floor,
      },
    ];
  } finally {
    await target.server.stop();
  }
}

/** Bytes a second. */
async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return size / ((performance.now() - began) / 1000);
}

async function hashStream(): Promise<void> {
  const hash = createHash("sha256");
  for await (const piece of Readable.from(pieces(), { objectMode: false })) hash.update(piece as Buffer);
  hash.digest();
}

async function syncedWrite(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-bench-"));
  const file = await open(join(folder, "blob"), "wx");
  try {
    let syncing = Promise.resolve();
    let written = 0;
    for (const piece of pieces()) {
      await file.write(piece);
      written += piece.length;
      // The disk begins before the last byte is there, as in a push.
      if (written % (32 * mib) === 0) syncing = syncing.then(() => file.datasync());
    }
    await syncing;
    await file.sync();
  } finally {
    await file.close();
    rmSync(folder, { recursive: true });
  }
}

function* pieces(): Generator<Buffer> {
  const piece = Buffer.alloc(mib, "roadstead");
  for (let at = 0; at < size; at += mib) yield piece;
}
