// `npm test`: installs and builds what the tests need, runs them all, and ends with one line of counts.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, install } from "./prepare.mjs";
import { root } from "./root.mjs";

const args = process.argv.slice(2);
const soak = args.includes("--soak");
install();
await build();

const folder = mkdtempSync(join(tmpdir(), "roadstead-test-"));
const report = join(folder, "report.json");
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const child = spawn(
  process.execPath,
  [
    vitest,
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...args.filter((arg) => arg !== "--soak"),
  ],
  { cwd: root, stdio: "inherit", env: { ...process.env, ...(soak ? { ROADSTEAD_SOAK: "1" } : {}) } },
);
const status = await new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));

let counts = { passed: 0, failed: 1, skipped: 0 };
try {
  const result = JSON.parse(readFileSync(report, "utf8"));
  const broken = result.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  counts = {
    passed: result.numPassedTests,
    failed: result.numFailedTests + broken,
    skipped: result.numPendingTests + result.numTodoTests,
  };
} catch (error) {
  process.stderr.write(`no report: ${error.message}\n`);
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = status === 0 && counts.failed === 0 ? 0 : 1;
