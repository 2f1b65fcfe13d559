import { compared, mib, type Row, type Scale, sideBySide, speed } from "../measure.ts";
import { pull, push, roadsteadTarget, type Target } from "./registry.ts";

const size = 1024 * mib;

/** What encryption at rest costs: pushes and pulls of 1 GiB with it, against the same without. */
export async function benchEncryption(scale: Scale): Promise<Row[]> {
  const targets: Target[] = [];
  try {
    for (const setting of ["on", "off"]) targets.push(await roadsteadTarget(["--blob-encryption", setting]));
    const stored = new Map<Target, readonly string[]>();
    const pushed = await sideBySide(
      scale.transfers,
      targets.map((target) => async (round) => {
        const contents = [{ name: `encryption ${round}`, size }];
        const { amount, seconds, digests = [] } = await push(target, "put", contents, 1);
        stored.set(target, digests);
        return amount / seconds;
      }),
    );
    const pulled = await sideBySide(
      scale.transfers,
      targets.map((target) => async () => {
        const { amount, seconds } = await pull(target, stored.get(target) ?? [], 1);
        return amount / seconds;
      }),
    );
    const plain = ["plain"];
    return [
      ...compared("push 1 GiB, encrypted at rest", speed, plain, pushed, "0.9×"),
      ...compared("pull 1 GiB, encrypted at rest", speed, plain, pulled, "0.9×"),
    ];
  } finally {
    await Promise.all(targets.map(({ server }) => server.stop()));
  }
}
