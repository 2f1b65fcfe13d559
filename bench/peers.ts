import { spawnSync } from "node:child_process";
import { basename } from "node:path";
import { type Server, startDistribution, startMoto } from "./servers.ts";

/** A server to be compared with. */
export interface Peer {
  readonly name: string;
  /** @param settings further lines of a registry's configuration. */
  start(settings?: readonly string[]): Promise<Server>;
}

/** The registries that are here: `docker-registry`, and the one that `BENCH_REGISTRY` names. */
export function registryPeers(): Peer[] {
  const named = process.env.BENCH_REGISTRY;
  const binaries = ["docker-registry", ...(named === undefined || named === "" ? [] : [named])];
  return binaries.flatMap((binary) => {
    const asked = spawnSync(binary, ["--version"], { encoding: "utf8" });
    if (asked.status !== 0) return absent(binary);
    const version = /v?\d+\.\d+\.\d+\S*/.exec(asked.stdout)?.[0].replace(/\+.*/, "") ?? "";
    return [
      {
        name: `${basename(binary)} ${version}`.trim(),
        start: (settings) => startDistribution(binary, settings),
      },
    ];
  });
}

/** moto, where its server is installed. */
export function apiPeers(): Peer[] {
  const asked = spawnSync("moto_server", ["--help"], { encoding: "utf8" });
  return asked.status === 0 ? [{ name: "moto_server", start: startMoto }] : absent("moto_server");
}

/** The first of some programs that is not here. */
export function programMissing(...programs: readonly string[]): string | undefined {
  return programs.find((program) => spawnSync(program, ["-v"]).error !== undefined);
}

function absent(binary: string): [] {
  process.stderr.write(`bench: ${binary} is absent: nothing is compared with it\n`);
  return [];
}
