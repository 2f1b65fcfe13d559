import { setTimeout as wait } from "node:timers/promises";
import { median, megabytes, type Row, type Scale } from "../measure.ts";
import { startRoadstead } from "../servers.ts";

/** Seconds after the first answer at which memory counts as idle. */
const settle = 3;

/** Time from the start of the process to the first answer of `health`, and what it then holds. */
export async function benchStart(scale: Scale): Promise<Row[]> {
  const times: number[] = [];
  for (let round = 0; round < scale.rounds; round++) {
    const server = await startRoadstead();
    times.push(server.firstAnswer);
    await server.stop();
  }
  const server = await startRoadstead();
  await wait(settle * 1000);
  const idle = server.memory().now;
  await server.stop();
  return [
    { what: "start to first answer", ours: `${median(times).toFixed(2)} s`, aim: "< 0.5 s" },
    { what: "memory, idle", ours: megabytes(idle), aim: "< 120 MB" },
  ];
}
