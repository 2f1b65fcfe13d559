import { lstat, opendir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Entry, openPromise } from "yauzl";
import { type DatabaseWriter, type ImportFacts, writeDatabase } from "./database-file.ts";
import { readOsvEntry } from "./osv.ts";

/** Bytes of the largest entry that is read; the largest real ones are a few million. */
const largestEntry = 32 * 1024 * 1024;
/** Folders within folders. */
const deepest = 20;

/** What an import did. */
export interface ImportReport extends ImportFacts {
  /** Entries that speak of no operating system release that can be scanned for. */
  readonly elsewhere: number;
  readonly withdrawn: number;
  /** Entries that could not be read. */
  readonly bad: number;
}

/** Told of each entry that cannot be read, by name. */
export type BadEntry = (name: string, why: string) => void;

/**
 * Replaces the vulnerability data with the OSV entries of zip files and folders (of `.json` and `.zip` files, at any
 * depth). An entry at a time is in memory. Nothing is replaced when a source cannot be opened or holds no entry of use.
 * @param at epoch ms, now.
 * @throws Error saying which source, and why.
 */
export async function importOsv(
  path: string,
  sources: readonly string[],
  at: number,
  onBad: BadEntry,
): Promise<ImportReport> {
  const writer = writeDatabase(path);
  try {
    const intake = new Intake(writer, onBad);
    for (const source of sources) await intake.take(source, 0);
    const { elsewhere, withdrawn, bad, kept } = intake;
    if (kept === 0)
      throw new Error("no entry of an operating system release was found; the data is as it was");
    return { ...writer.finish(at), elsewhere, withdrawn, bad };
  } catch (error) {
    writer.discard();
    throw error;
  }
}

class Intake {
  kept = 0;
  elsewhere = 0;
  withdrawn = 0;
  bad = 0;
  readonly #writer: DatabaseWriter;
  readonly #onBad: BadEntry;

  constructor(writer: DatabaseWriter, onBad: BadEntry) {
    this.#writer = writer;
    this.#onBad = onBad;
  }

  /** Takes a file or a folder; links are not followed below the folder that was named. */
  async take(source: string, depth: number): Promise<void> {
    const facts = await lstat(source);
    if (facts.isDirectory()) {
      if (depth > deepest) throw new Error(`${source}: folders are nested more than ${deepest} deep`);
      for await (const item of await opendir(source)) {
        const wanted = item.isDirectory() || (item.isFile() && /\.(?:json|zip)$/.test(item.name));
        if (wanted) await this.take(join(source, item.name), depth + 1);
      }
      return;
    }
    if (source.endsWith(".zip")) await this.#takeZip(source);
    else if (facts.size > largestEntry) this.#report(source, `larger than ${largestEntry} bytes`);
    else this.#entry(source, await readFile(source, "utf8"));
  }

  async #takeZip(source: string): Promise<void> {
    const zip = await openPromise(source);
    try {
      for await (const entry of zip.eachEntry()) {
        const name = `${source}: ${entry.fileName}`;
        if (!entry.fileName.endsWith(".json")) continue;
        if (entry.uncompressedSize > largestEntry) this.#report(name, `larger than ${largestEntry} bytes`);
        else await this.#zipped(name, () => zip.openReadStreamPromise(entry), entry);
      }
    } finally {
      zip.close();
    }
  }

  async #zipped(name: string, open: () => Promise<Readable>, { uncompressedSize }: Entry): Promise<void> {
    let text: string;
    try {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of await open()) {
        size += (chunk as Buffer).length;
        if (size > uncompressedSize) throw new Error("longer than the archive says");
        chunks.push(chunk as Buffer);
      }
      text = Buffer.concat(chunks).toString("utf8");
    } catch (error) {
      this.#report(name, error instanceof Error ? error.message : String(error));
      return;
    }
    this.#entry(name, text);
  }

  #entry(name: string, text: string): void {
    try {
      const entry = readOsvEntry(text);
      if (typeof entry === "string") this[entry]++;
      else {
        this.#writer.add(entry);
        this.kept++;
      }
    } catch (error) {
      this.#report(name, error instanceof Error ? error.message : String(error));
    }
  }

  #report(name: string, why: string): void {
    this.bad++;
    this.#onBad(name, why);
  }
}
