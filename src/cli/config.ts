import { environmentName, settingNames } from "../config/settings.ts";
import { type SettingFlags, settingsOf } from "./flags.ts";

/** Prints every setting, its value and where it came from. Secrets are shown as present only. */
export async function printConfig(flags: SettingFlags & { readonly json?: boolean }): Promise<void> {
  const { settings, sources } = settingsOf(flags);
  const rows = settingNames.map((name) => ({
    name,
    value: name === "bootstrapKeys" || name === "adminToken" ? hidden(settings[name]) : settings[name],
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

function hidden(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? `${value.length} given` : "given";
}
