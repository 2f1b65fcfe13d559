import { mkdirSync } from "node:fs";
import { databasePath, type ImportFacts, openDatabase } from "../scan/database-file.ts";
import { type ImportReport, importOsv } from "../scan/import.ts";
import { type SettingFlags, settingsOf } from "./flags.ts";
import { Trouble } from "./trouble.ts";

/** Bad entries that are printed one by one; the rest are counted. */
const mostNamed = 20;

/** Replaces the vulnerability data that images are scanned against. A running Roadstead uses it from its next scan on. */
export async function importScanDatabase(
  sources: readonly string[],
  flags: SettingFlags & { readonly json?: boolean },
): Promise<void> {
  const { dataDir } = settingsOf(flags).settings;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  let named = 0;
  const bad = (name: string, why: string): void => {
    if (++named <= mostNamed) process.stderr.write(`left out ${name}: ${why}\n`);
  };
  let report: ImportReport;
  try {
    report = await importOsv(databasePath(dataDir), sources, Date.now(), bad);
  } catch (error) {
    throw new Trouble(
      "The vulnerability data cannot be imported.",
      error instanceof Error ? error.message : String(error),
      "roadstead scan-db import all.zip, with a zip file or folder of OSV entries (osv.dev, one zip an ecosystem)",
    );
  }
  if (named > mostNamed) process.stderr.write(`… and ${named - mostNamed} more were left out\n`);
  const { elsewhere, withdrawn } = report;
  const text = `${counts(report)}Left out: ${report.bad} unreadable, ${withdrawn} withdrawn, ${elsewhere} of no operating system release.\n`;
  process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : text);
}

/** Prints which vulnerability data is installed. */
export async function scanDatabaseStatus(flags: SettingFlags & { readonly json?: boolean }): Promise<void> {
  const { dataDir } = settingsOf(flags).settings;
  const database = openDatabase(databasePath(dataDir));
  const facts = database?.facts;
  database?.close();
  const none = "No vulnerability data is installed: scans end as FINDINGS_UNAVAILABLE.\n";
  const text = facts === undefined ? none : counts(facts);
  process.stdout.write(flags.json ? `${JSON.stringify(facts ?? null)}\n` : text);
}

function counts({ at, newest, advisories, releases }: ImportFacts): string {
  const lines = Object.entries(releases).map(([release, ranges]) => `  ${release}: ${ranges} ranges\n`);
  return `${advisories} advisories, imported ${iso(at)}, newest of ${iso(newest)}.\n${lines.join("")}`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
