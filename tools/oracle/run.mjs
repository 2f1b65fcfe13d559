import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

// Compares the policy engine with @cloud-copilot/iam-simulate on random cases:
//   node tools/oracle/run.mjs --cases 100000 --seed 1
// The oracle is AGPL: it is installed into a temporary folder outside this repository, and nothing of it is kept.

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    show: { type: "string", default: "3" },
  },
});

const version = "0.1.173";
const folder = join(tmpdir(), `roadstead-oracle-${version}`);
const compare = fileURLToPath(new URL("compare.ts", import.meta.url));

if (!existsSync(join(folder, "node_modules", "@cloud-copilot", "iam-simulate"))) {
  mkdirSync(folder, { recursive: true });
  run("npm", [
    "install",
    "--prefix",
    folder,
    "--no-save",
    "--ignore-scripts",
    `@cloud-copilot/iam-simulate@${version}`,
  ]);
}
run(process.execPath, ["--import", "tsx", compare, folder, values.cases, values.seed, values.show]);

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
