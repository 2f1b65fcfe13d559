import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { mib, type Row, type Scale } from "./measure.ts";
import { benchApi } from "./sections/api.ts";
import { benchAuthz } from "./sections/authz.ts";
import { benchDns } from "./sections/dns.ts";
import { benchEcs } from "./sections/ecs.ts";
import { benchEcsPlanning } from "./sections/ecs-planning.ts";
import { benchEdge } from "./sections/edge.ts";
import { benchEncryption } from "./sections/encryption.ts";
import { benchFlatness } from "./sections/flatness.ts";
import { benchFloor } from "./sections/floor.ts";
import { benchListing } from "./sections/listing.ts";
import { benchMemory } from "./sections/memory.ts";
import { benchPullThrough } from "./sections/pull-through.ts";
import { benchRegistry } from "./sections/registry.ts";
import { benchReplication } from "./sections/replication.ts";
import { benchServiceConnect } from "./sections/service-connect.ts";
import { benchStart } from "./sections/start.ts";
import { renderTable } from "./table.ts";

// The SDK's notice about its own future Node.js versions would stand in the middle of the table.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const sections: Readonly<Record<string, (scale: Scale) => Promise<Row[]>>> = {
  registry: benchRegistry,
  encryption: benchEncryption,
  edge: benchEdge,
  "service-connect": benchServiceConnect,
  "pull-through": benchPullThrough,
  replication: benchReplication,
  api: benchApi,
  decisions: benchAuthz,
  dns: benchDns,
  ecs: benchEcs,
  "ecs-planning": benchEcsPlanning,
  flatness: benchFlatness,
  listing: benchListing,
  start: benchStart,
  memory: benchMemory,
  floor: benchFloor,
};

const usage = `npm run bench -- [--quick] [--only <name>]…

  --quick        shorter and fewer measurements; 1 GiB instead of 10 for memory
  --only <name>  ${Object.keys(sections).join(", ")} (repeatable)

BENCH_REGISTRY names a further registry binary of the distribution project to compare with.
`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    help: { type: "boolean", default: false },
  },
});
const unknown = values.only.filter((name) => !(name in sections));

if (values.help || unknown.length > 0) {
  process.stderr.write(unknown.length > 0 ? `no section '${unknown.join("', '")}'\n\n${usage}` : usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  await bench();
}

/** Builds, measures section by section, and prints one table. */
async function bench(): Promise<void> {
  const scale: Scale = values.quick
    ? { rounds: 3, transfers: 1, seconds: 2, longBlob: 1024 * mib }
    : { rounds: 5, transfers: 3, seconds: 4, longBlob: 10 * 1024 * mib };
  execFileSync(process.execPath, [fileURLToPath(new URL("../tools/build.mjs", import.meta.url))]);
  const rows: Row[] = [];
  for (const [name, section] of Object.entries(sections)) {
    if (values.only.length > 0 && !values.only.includes(name)) continue;
    process.stderr.write(`bench: ${name}\n`);
    rows.push(...(await section(scale)));
  }
  const cores = availableParallelism();
  process.stdout.write(
    `${renderTable(rows)}\n\nNode ${process.versions.node}, ${cores} cores; medians of ${scale.rounds} turns, of ${scale.transfers} where each moves a GiB.\n`,
  );
}
