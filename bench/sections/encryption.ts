import type { Outcome } from "../load.ts";
import { compared, median, mib, type Row, type Scale, sideBySide, speed } from "../measure.ts";
import { pull, push, roadsteadTarget, type Target } from "./registry.ts";

const size = 1024 * mib;

/**
 * What encryption at rest costs: pushes and pulls of 1 GiB with it, against the same without, in speed and in processor
 * time, which varies less with whatever else the machine does.
 */
export async function benchEncryption(scale: Scale): Promise<Row[]> {
  const targets: Target[] = [];
  try {
    for (const setting of ["on", "off"]) targets.push(await roadsteadTarget(["--blob-encryption", setting]));
    const stored = new Map<Target, readonly string[]>();
    const pushed = await measure(scale.transfers, targets, async (target, round) => {
      const done = await push(target, "put", [{ name: `encryption ${round}`, size }], 1);
      stored.set(target, done.digests ?? []);
      return done;
    });
    const pulled = await measure(2 * scale.transfers + 1, targets, (target) =>
      pull(target, stored.get(target) ?? [], 1),
    );
    return [
      ...rows("push 1 GiB, encrypted at rest", pushed, "0.85×"),
      ...rows("pull 1 GiB, encrypted at rest", pulled, "0.7×"),
    ];
  } finally {
    await Promise.all(targets.map(({ server }) => server.stop()));
  }
}

/** Bytes a second, and bytes a second of the server's processor time, of each target. */
interface Measured {
  readonly speeds: readonly number[];
  readonly perProcessor: readonly number[];
}

async function measure(
  rounds: number,
  targets: readonly Target[],
  work: (target: Target, round: number) => Promise<Outcome>,
): Promise<Measured> {
  const perProcessor = targets.map((): number[] => []);
  const speeds = await sideBySide(
    rounds,
    targets.map((target, index) => async (round) => {
      const before = target.server.cpuSeconds();
      const { amount, seconds } = await work(target, round);
      perProcessor[index]?.push(amount / (target.server.cpuSeconds() - before));
      return amount / seconds;
    }),
  );
  return { speeds, perProcessor: perProcessor.map(median) };
}

function rows(what: string, { speeds, perProcessor }: Measured, aim: string): Row[] {
  return [
    ...compared(what, speed, ["plain"], speeds, ""),
    ...compared(`${what}, per second of one core`, speed, ["plain"], perProcessor, aim),
  ];
}
