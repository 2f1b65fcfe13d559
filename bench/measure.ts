import { execFileSync, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Outcome, Plan } from "./load.ts";

/** How long and how large measurements are. */
export interface Scale {
  /** Times that each side is measured, in turns. */
  readonly rounds: number;
  /** Likewise for what moves a GiB each time. */
  readonly transfers: number;
  /** Seconds of each measurement of a rate. */
  readonly seconds: number;
  /** Bytes of the large blob whose memory is watched. */
  readonly longBlob: number;
}

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly peer?: string;
  readonly peerValue?: string;
  /** Ours over the peer's. */
  readonly ratio?: number;
  readonly aim?: string;
}

/** Carries out a plan in a process of its own. */
export function load(plan: Plan): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("./load.ts", import.meta.url)), { stdio: "inherit" });
    child.once("message", (message: Outcome | { failed: string }) => {
      if ("failed" in message) reject(new Error(`${plan.kind}: ${message.failed}`));
      else resolve(message);
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error("the load generator ended early")));
    child.send(plan);
  });
}

/**
 * Measures several sides in turns, so that whatever else the machine does meets all alike; the median of each. What
 * the turn before left for the disk is written before the next begins.
 */
export async function sideBySide(
  rounds: number,
  sides: readonly ((round: number) => Promise<number>)[],
): Promise<readonly number[]> {
  const measured: number[][] = sides.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, side] of sides.entries()) {
      execFileSync("sync");
      measured[index]?.push(await side(round));
    }
  }
  return measured.map(median);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** Rows of one measure against each peer. */
export function compared(
  what: string,
  unit: (value: number) => string,
  peers: readonly string[],
  [ours = Number.NaN, ...theirs]: readonly number[],
  aim: string,
): Row[] {
  if (peers.length === 0) return [{ what, ours: unit(ours), peer: "absent", aim }];
  return peers.map((peer, index) => {
    const value = theirs[index] ?? Number.NaN;
    return { what, ours: unit(ours), peer, peerValue: unit(value), ratio: ours / value, aim };
  });
}

export const mib = 1 << 20;
export const perSecond = (value: number): string => `${Math.round(value).toLocaleString("en")}/s`;
export const speed = (bytesPerSecond: number): string => `${Math.round(bytesPerSecond / 1e6)} MB/s`;
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
