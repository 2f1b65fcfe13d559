import { environmentName, settingNames } from "../config/settings.ts";
import { type SettingFlags, settingsOf } from "./flags.ts";

/** Settings of which only is said that they are given. */
const secret: ReadonlySet<string> = new Set(["bootstrapKeys", "adminToken"]);

/** Prints every setting, its value and where it came from. Secrets are shown as present only. */
export async function printConfig(flags: SettingFlags & { readonly json?: boolean }): Promise<void> {
  const { settings, sources } = settingsOf(flags);
  const rows = settingNames.map((name) => ({
    name,
    value: shown(name, settings[name]),
    source: sources[name],
    environment: environmentName(name),
  }));
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  for (const row of rows) {
    process.stdout.write(
      `${row.name.padEnd(15)} ${JSON.stringify(row.value) ?? "-"}  (${row.source}; ${row.environment})\n`,
    );
  }
}

/** A setting's value as it may be shown: without secrets, nor the password of a URL anywhere in it. */
export function shown(name: string, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (secret.has(name)) return Array.isArray(value) ? `${value.length} given` : "given";
  if (Array.isArray(value)) return value.map((part: unknown) => shown(name, part));
  return typeof value === "string" ? value.replace(/(:\/\/[^/@:\s]*):[^/@\s]*@/g, "$1:…@") : value;
}
