// Which test files may run beside which. `node tools/lanes.mjs <lane> [folder]` prints those of a lane.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./root.mjs";

/** What a test file names when it runs containers, by itself or through what supports it. */
const runsContainers =
  /"docker"|docker\.sock|docker\.testing|task-engine\.testing|support\/(task-host|second-host|host-agent|ec2-host)/;

/**
 * All test files, in two lanes. Those that run containers share one Docker Engine and the networks of this machine, and
 * go one after another; what the others share is nothing but the processor, which the former mostly wait without.
 * @returns paths relative to the project.
 */
export function lanes() {
  const files = ["src", "test"].flatMap(testFiles).sort();
  const containers = files.filter((file) => runsContainers.test(readFileSync(join(root, file), "utf8")));
  const shared = new Set(containers);
  return { containers, others: files.filter((file) => !shared.has(file)) };
}

function testFiles(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [lane, folder = ""] = process.argv.slice(2);
  process.stdout.write(
    `${lanes()
      [lane].filter((file) => file.startsWith(folder))
      .join("\n")}\n`,
  );
}
