import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The first of these programs that this machine does not have where programs are looked for; undefined with all. */
export async function missingProgram(...names: readonly string[]): Promise<string | undefined> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const name of names) {
    const looks = folders.map((folder) => access(join(folder, name), constants.X_OK));
    const found = await Promise.any(looks).then(
      () => true,
      () => false,
    );
    if (!found) return name;
  }
  return undefined;
}
