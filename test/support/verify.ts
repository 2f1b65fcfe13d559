import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Verification } from "../../src/services/ecr/verification/report.ts";

/** What `roadstead registry verify` finds in a data folder, from its source: nothing needs to be built. */
export function verify(dataDir: string): Verification {
  const program = fileURLToPath(new URL("../../src/cli/roadstead.ts", import.meta.url));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", program, "registry", "verify", "--json", "--data-dir", dataDir],
    { encoding: "utf8" },
  );
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Verification;
}
