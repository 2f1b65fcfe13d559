import { setTimeout as wait } from "node:timers/promises";
import { megabytes, mib, type Row, type Scale } from "../measure.ts";
import { pull, push, roadsteadTarget } from "./registry.ts";

/** Milliseconds after the first answer at which memory counts as idle. */
const settle = 3_000;

/** What a large upload and a large download hold in memory beyond what an idle Roadstead holds. */
export async function benchMemory(scale: Scale): Promise<Row[]> {
  const target = await roadsteadTarget();
  const { server } = target;
  const size = `${scale.longBlob / (1024 * mib)} GiB`;
  try {
    await wait(settle);
    const begun = server.memory().now;
    if (Number.isNaN(begun)) return [];
    const watching = watch(() => server.memory().now);
    const { digests = [] } = await push(target, "patch", [{ name: "long", size: scale.longBlob }], 1);
    const pushing = watching.highest();
    await pull(target, digests, 1);
    const pulling = watching.end();
    const peak = server.memory().peak ?? Number.NaN;
    return [
      { what: `memory, extra while ${size} is pushed`, ours: megabytes(pushing - begun), aim: "< 150 MB" },
      { what: `memory, extra while ${size} is pulled`, ours: megabytes(pulling - begun), aim: "< 150 MB" },
      { what: "memory, peak of these", ours: megabytes(peak) },
    ];
  } finally {
    await server.stop();
  }
}

/** The highest of a value that is looked at ten times a second. */
function watch(look: () => number): { highest(): number; end(): number } {
  let highest = look();
  const timer = setInterval(() => {
    highest = Math.max(highest, look());
  }, 100);
  const take = (): number => {
    const seen = highest;
    highest = look();
    return seen;
  };
  return {
    highest: take,
    end() {
      clearInterval(timer);
      return take();
    },
  };
}
