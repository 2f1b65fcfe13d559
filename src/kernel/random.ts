import { randomBytes } from "node:crypto";

/** Where randomness comes from, so that a test can repeat a run. */
export interface Random {
  /** `size` unpredictable bytes. */
  bytes(size: number): Buffer;
}

/** The operating system's generator. */
export const systemRandom: Random = { bytes: (size) => randomBytes(size) };
