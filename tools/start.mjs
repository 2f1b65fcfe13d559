// `npm start`: installs and builds what is missing, then runs the `roadstead` command in this process.
import { pathToFileURL } from "node:url";
import { build, install } from "./prepare.mjs";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `Roadstead needs Node.js 20.19 or newer.\n  why: this is Node.js ${process.versions.node}\n  try: nvm install 22\n`,
  );
  process.exit(1);
}
install();
const entry = await build();
await import(pathToFileURL(entry).href);
