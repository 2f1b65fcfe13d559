// `npm test`: installs and builds what the tests need, runs them all, and ends with one line of counts. With `--lanes`
// those that run containers go beside the others.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lanes } from "./lanes.mjs";
import { build, install } from "./prepare.mjs";
import { root } from "./root.mjs";

const given = process.argv.slice(2);
const args = given.filter((arg) => arg !== "--soak" && arg !== "--lanes");
const env = { ...process.env, ...(given.includes("--soak") && { ROADSTEAD_SOAK: "1" }) };
install();
await build();

const folder = mkdtempSync(join(tmpdir(), "roadstead-test-"));
const runs = given.includes("--lanes") ? Object.values(lanes()).map((files) => [...args, ...files]) : [args];
const results = await Promise.all(runs.map((run, index) => vitest(run, join(folder, `${index}.json`))));
rmSync(folder, { recursive: true, force: true });
const [passed, failed, skipped] = ["passed", "failed", "skipped"].map((outcome) =>
  results.reduce((sum, { counts }) => sum + counts[outcome], 0),
);
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = results.every(({ status }) => status === 0) && failed === 0 ? 0 : 1;

/** Runs Vitest once. */
async function vitest(what, report) {
  const program = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporting = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const child = spawn(process.execPath, [program, "run", ...reporting, ...what], {
    cwd: root,
    stdio: "inherit",
    env,
  });
  const status = await new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
  return { status, counts: countsOf(report) };
}

function countsOf(report) {
  try {
    const result = JSON.parse(readFileSync(report, "utf8"));
    const broken = result.testResults.filter(
      (file) => file.status === "failed" && file.assertionResults.length === 0,
    ).length;
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + broken,
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } catch (error) {
    process.stderr.write(`no report: ${error.message}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
