import { randomBytes, randomFillSync } from "node:crypto";

/** Where randomness comes from, so that a test can repeat a run. */
export interface Random {
  /** `size` unpredictable bytes. */
  bytes(size: number): Buffer;
}

/** Random bytes drawn at once: most callers want sixteen, and each draw costs as much as drawing hundreds. */
const drawn = Buffer.alloc(4096);
let used = drawn.length;

/** The operating system's generator. Bytes are given out once, and forgotten here as they are. */
export const systemRandom: Random = {
  bytes(size) {
    if (size > 64) return randomBytes(size);
    if (used + size > drawn.length) {
      randomFillSync(drawn);
      used = 0;
    }
    const given = Buffer.from(drawn.subarray(used, used + size));
    drawn.fill(0, used, used + size);
    used += size;
    return given;
  },
};
