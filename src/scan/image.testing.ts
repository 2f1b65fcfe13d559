import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import Database from "better-sqlite3";
import type { Digest } from "../kernel/brand.ts";

/** An entry of a tar archive, as a test wants it. */
export interface TestEntry {
  readonly path: string;
  readonly content?: string | Buffer;
  /** `0` a file, `2` a symbolic link, `5` a folder, … */
  readonly type?: string;
  /** What the header says, when it lies. */
  readonly size?: number;
  readonly link?: string;
}

/** A tar archive in the ustar format. */
export function tar(...entries: readonly TestEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)]);
}

function tarEntry({ path, content = "", type = "0", size, link = "" }: TestEntry): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write("0000644\0", 100);
  header.write((size ?? bytes.length).toString(8).padStart(11, "0"), 124);
  header.write(" ".repeat(8), 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write("ustar\0", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A layer of these bytes. */
export function layerOf(bytes: Buffer): {
  readonly digest: Digest;
  readonly size: number;
  readonly bytes: Buffer;
} {
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
  return { digest, size: bytes.length, bytes };
}

/** A gzip layer of these entries. */
export function layer(...entries: readonly TestEntry[]) {
  return layerOf(gzipSync(tar(...entries)));
}

export const debian: TestEntry = {
  path: "etc/os-release",
  content: 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n',
};

/** A paragraph of a dpkg status file. */
export function dpkgPackage(name: string, version: string, source?: string): string {
  return [
    `Package: ${name}`,
    "Status: install ok installed",
    ...(source === undefined ? [] : [`Source: ${source}`]),
    `Version: ${version}`,
    "Description: a package",
    " of several lines",
    "",
    "",
  ].join("\n");
}

export interface TestRpm {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly epoch?: number;
  readonly source?: string;
}

/** An `rpmdb.sqlite` of these packages. */
export function rpmSqlite(...packages: readonly TestRpm[]): Buffer {
  const database = new Database(":memory:");
  database.exec("create table Packages (hnum integer primary key autoincrement, blob blob not null)");
  const insert = database.prepare("insert into Packages (blob) values (?)");
  for (const one of packages) insert.run(headerOf(one));
  const bytes = database.serialize();
  database.close();
  return bytes;
}

/** A `Packages.db` of these packages, as rpm's own format has it, with an empty slot before each. */
export function rpmNdb(...packages: readonly TestRpm[]): Buffer {
  const slots = Buffer.alloc(4096);
  slots.write("RpmP");
  slots.writeUInt32LE(1, 12);
  for (let at = 32; at < slots.length; at += 16) slots.write("Slot", at);
  let blocks = slots.length / 16;
  const blobs = packages.map((one, index) => {
    const header = headerOf(one);
    const head = Buffer.alloc(16);
    head.write("BlbS");
    head.writeUInt32LE(index + 1, 4);
    head.writeUInt32LE(header.length, 12);
    const tail = Buffer.alloc(16 - (header.length % 16) + 16);
    const slot = 32 + (2 * index + 1) * 16;
    slots.writeUInt32LE(index + 1, slot + 4);
    slots.writeUInt32LE(blocks, slot + 8);
    const blob = Buffer.concat([head, header, tail]);
    slots.writeUInt32LE(blob.length / 16, slot + 12);
    blocks += blob.length / 16;
    return blob;
  });
  return Buffer.concat([slots, ...blobs]);
}

function headerOf({ name, version, release, epoch, source }: TestRpm): Buffer {
  return rpmHeader([
    [1000, name],
    [1001, version],
    [1002, release],
    ...(epoch === undefined ? [] : [[1003, epoch] as const]),
    ...(source === undefined ? [] : [[1044, source] as const]),
  ]);
}

function rpmHeader(values: readonly (readonly [tag: number, value: string | number])[]): Buffer {
  const index: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [tag, value] of values) {
    const bytes = typeof value === "string" ? Buffer.from(`${value}\0`) : Buffer.alloc(4);
    if (typeof value === "number") bytes.writeUInt32BE(value);
    const entry = Buffer.alloc(16);
    entry.writeUInt32BE(tag, 0);
    entry.writeUInt32BE(typeof value === "string" ? 6 : 4, 4);
    entry.writeUInt32BE(offset, 8);
    entry.writeUInt32BE(1, 12);
    index.push(entry);
    data.push(bytes);
    offset += bytes.length;
  }
  const counts = Buffer.alloc(8);
  counts.writeUInt32BE(values.length, 0);
  counts.writeUInt32BE(offset, 4);
  return Buffer.concat([counts, ...index, ...data]);
}
