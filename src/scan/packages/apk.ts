import type { InstalledPackage } from "./installed.ts";

/** The packages of apk's database of what is installed (apk-package(5)): `P` name, `V` version, `o` origin. */
export function readApkInstalled(text: string): readonly InstalledPackage[] {
  return text.split(/\n\s*\n/).flatMap((paragraph) => {
    const name = field(paragraph, "P");
    const version = field(paragraph, "V");
    if (name === undefined || version === undefined) return [];
    return [{ name, version, source: field(paragraph, "o") ?? name, sourceVersion: version }];
  });
}

function field(paragraph: string, letter: string): string | undefined {
  return new RegExp(`^${letter}:(.+)$`, "m").exec(paragraph)?.[1]?.trim();
}
