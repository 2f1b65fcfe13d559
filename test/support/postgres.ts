import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { eventually, findProgram, freePort, runDaemon } from "./daemon.ts";

const run = promisify(execFile);

/** Users that PostgreSQL may run as when these tests run as root, which it refuses. */
const otherUsers = ["postgres", "nobody"];

let started: Promise<string> | undefined;

/** Why there is no PostgreSQL to test with, or `undefined` when there is one. */
export function postgresMissing(): string | undefined {
  if (initdb() === undefined) return "PostgreSQL is not installed (no initdb)";
  if (isRoot() && unprivileged() === undefined) return "no user but root to run PostgreSQL as";
  return undefined;
}

/**
 * The URL of an empty schema of its own in a PostgreSQL that is started at the first call and ends with this process;
 * `undefined` when there is none (see `postgresMissing`).
 */
export async function postgresUrl(): Promise<string | undefined> {
  if (postgresMissing() !== undefined) return undefined;
  started ??= start();
  return `${await started}?schema=test_${randomBytes(6).toString("hex")}`;
}

async function start(): Promise<string> {
  const program = initdb();
  if (program === undefined) throw new Error("no initdb");
  const folder = mkdtempSync(join(tmpdir(), "roadstead-postgresql-"));
  const data = join(folder, "data");
  const other = isRoot() ? unprivileged() : undefined;
  const as =
    other === undefined ? [] : ["setpriv", `--reuid=${other.uid}`, `--regid=${other.gid}`, "--clear-groups"];
  if (other !== undefined) chownSync(folder, other.uid, other.gid);

  // A collation unlike SQLite's, so that a key column that forgot its own is found out.
  const collation = ["--locale=C", "--locale-provider=icu", "--icu-locale=en-US"];
  const [first = program, ...rest] = [...as, program];
  await run(
    first,
    [...rest, "-D", data, "-U", "roadstead", "--auth=trust", "--encoding=UTF8", "--no-sync", ...collation],
    { cwd: folder },
  );
  const port = await freePort();
  runDaemon(
    `folder=$1; shift
     cd "$folder"
     "$@" & server=$!
     until_the_end
     rm -rf "$folder"`,
    [
      folder,
      ...as,
      join(dirname(program), "postgres"),
      ...["-D", data, "-k", folder, "-p", String(port), "-h", "127.0.0.1"],
      ...["-c", "fsync=off", "-c", "max_connections=300", "-c", "max_pred_locks_per_transaction=256"],
    ],
  );
  const url = `postgresql://roadstead@127.0.0.1:${port}/postgres`;
  if (!(await eventually(30, () => answers(url)))) throw new Error("PostgreSQL did not start");
  return url;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function initdb(): string | undefined {
  return findProgram("initdb", debianFolders());
}

/** Debian keeps the programs of each version apart and out of `PATH`; the newest first. */
function debianFolders(): readonly string[] {
  const root = "/usr/lib/postgresql";
  try {
    return readdirSync(root)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(root, version, "bin"));
  } catch {
    return [];
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (findProgram("setpriv") === undefined) return undefined;
  for (const user of otherUsers) {
    try {
      const id = (flag: string) =>
        Number(execFileSync("id", [flag, user], { stdio: ["ignore", "pipe", "ignore"] }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // No such user: the next.
    }
  }
  return undefined;
}
