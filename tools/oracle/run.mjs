import { spawnSync } from "node:child_process";
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

const compare = fileURLToPath(new URL("compare.ts", import.meta.url));
const { status, error } = spawnSync(
  process.execPath,
  ["--import", "tsx", compare, values.cases, values.seed, values.show],
  { stdio: "inherit" },
);
if (error) throw error;
process.exitCode = status ?? 1;
