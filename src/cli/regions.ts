import { readFileSync } from "node:fs";
import { isJsonObject, type Json, parseJson } from "../kernel/json.ts";
import { Trouble } from "./trouble.ts";

/** How a command reaches the running Roadstead that it is about. */
export interface RemoteFlags {
  readonly endpoint: string;
  readonly adminToken?: string;
  readonly json?: boolean;
}

/** Names the Roadstead that serves a region: replication to that region goes there from now on. */
export async function addRegion(
  region: string,
  url: string,
  flags: RemoteFlags & {
    readonly key?: string;
    readonly keyFile?: string;
    readonly ca?: string;
    readonly allowPlainHttp?: boolean;
  },
): Promise<void> {
  const key = flags.keyFile === undefined ? flags.key : readText(flags.keyFile).trim();
  if (key === undefined) {
    throw new Trouble(
      "The region cannot be added without a key.",
      "The site that receives issues the key by which this one is known there.",
      "roadstead regions issue-key <name> --account <id> --endpoint <the other site>",
    );
  }
  const link = { region, url, key, allowPlainHttp: flags.allowPlainHttp === true };
  const body = flags.ca === undefined ? link : { ...link, ca: readText(flags.ca) };
  const added = await ask(flags, "POST", "regions", body);
  print(flags, added, () => `Replication to ${region} goes to ${String(added.url)} from now on.\n`);
}

/** Takes a region back: replication to it stays within this site again. */
export async function removeRegion(region: string, flags: RemoteFlags): Promise<void> {
  await ask(flags, "POST", "regions/remove", { region });
  print(flags, { removed: region }, () => `${region} is a region of this site again.\n`);
}

/** Prints the regions that other sites serve, and the keys that were issued to other sites. */
export async function listRegions(flags: RemoteFlags): Promise<void> {
  const { regions } = await ask(flags, "GET", "regions");
  const { keys } = await ask(flags, "GET", "site-keys");
  print(flags, { regions, keys }, () => `${regionLines(regions)}${keyLines(keys)}`);
}

/** Makes a key for a site that replicates to this one, and prints it, once. */
export async function issueKey(
  name: string,
  flags: RemoteFlags & { readonly account: readonly string[] },
): Promise<void> {
  const issued = await ask(flags, "POST", "site-keys", { name, accounts: [...flags.account] });
  print(
    flags,
    issued,
    () =>
      `Key ${String(issued.id)} of '${name}', for ${flags.account.join(", ")}. It is not shown again.\n\n${String(issued.key)}\n`,
  );
}

/** Makes a key worthless. */
export async function revokeKey(id: string, flags: RemoteFlags): Promise<void> {
  await ask(flags, "POST", "site-keys/revoke", { id });
  print(flags, { revoked: id }, () => `Key ${id} is worthless from now on.\n`);
}

async function ask(
  { endpoint, adminToken }: RemoteFlags,
  method: "GET" | "POST",
  path: string,
  body?: object,
): Promise<{ readonly [name: string]: Json }> {
  let status: number;
  let text: string;
  try {
    const response = await fetch(new URL(`/_roadstead/${path}`, endpoint), {
      method,
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(adminToken !== undefined && { authorization: `Bearer ${adminToken}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    throw new Trouble(`No Roadstead answers at ${endpoint}.`, String(error), "npm start");
  }
  const answer = parseJson(text);
  const members = isJsonObject(answer) ? answer : {};
  if (status === 200) return members;
  throw new Trouble(
    "The other site's link cannot be changed so.",
    `${String(members.error ?? status)}: ${String(members.message ?? text.slice(0, 200))}`,
    "roadstead regions list",
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Trouble("A file cannot be read.", String(error), `ls -l ${path}`);
  }
}

function print(flags: RemoteFlags, value: object, text: () => string): void {
  process.stdout.write(flags.json ? `${JSON.stringify(value, null, 2)}\n` : text());
}

function regionLines(regions: Json | undefined): string {
  const rows = records(regions);
  if (rows.length === 0) return "Every region is served by this site.\n";
  return rows.map(({ region, url }) => `${String(region)}  ${String(url)}\n`).join("");
}

function keyLines(keys: Json | undefined): string {
  return records(keys)
    .map(({ id, name, accounts, revokedAt }) => {
      const state = revokedAt === undefined ? "valid" : "revoked";
      return `key ${String(id)}  ${String(name)}  ${state}  for ${String(accounts)}\n`;
    })
    .join("");
}

function records(value: Json | undefined): readonly { readonly [name: string]: Json }[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
