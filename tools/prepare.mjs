import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.mjs";

const entry = join(root, "dist", "roadstead.js");

/** Installs dependencies when there are none, or when the lock file is newer than what is installed. */
export function install() {
  const lock = join(root, "package-lock.json");
  const installed = join(root, "node_modules", ".package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  say("installing dependencies (once)");
  run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]);
}

/** Builds the command and the console, each when there is none or when a source of it is newer. */
export async function build() {
  const tools = newest(join(root, "tools"));
  if (isOlder(entry, Math.max(tools, newest(join(root, "src"))))) {
    say("building");
    const { bundle } = await import("./build.mjs");
    await bundle();
  }
  if (isOlder(join(root, "dist", "console", "index.html"), Math.max(tools, newest(join(root, "console"))))) {
    say("building the console");
    const { buildConsole } = await import("../console/build.mjs");
    await buildConsole();
  }
  return entry;
}

function isOlder(built, source) {
  return !existsSync(built) || statSync(built).mtimeMs <= source;
}

/** Runs a command in the project folder; its output goes to standard error. Exits when it fails. */
function run(command, args) {
  const done = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (done.status !== 0) {
    say(`'${command} ${args.join(" ")}' failed${done.error ? `: ${done.error.message}` : ""}`);
    say("why: its own message is above; a C++ compiler and Python are needed where no prebuilt SQLite fits");
    say("try: sudo apt-get install -y build-essential python3, then run this again");
    process.exit(1);
  }
}

function say(text) {
  process.stderr.write(`roadstead: ${text}\n`);
}

function newest(folder) {
  let latest = 0;
  for (const item of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, item.name);
    latest = Math.max(latest, item.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return latest;
}
