import type { InstalledPackage } from "./installed.ts";

/**
 * The installed packages of a dpkg status file, or of one file of `status.d` as distroless images have them (dpkg(1),
 * deb-control(5)). What is only half there (configuration files of a removed package) is left out.
 */
export function readDpkgStatus(text: string): readonly InstalledPackage[] {
  return text.split(/\n\s*\n/).flatMap((paragraph) => {
    const name = field(paragraph, "Package");
    const version = field(paragraph, "Version");
    const status = field(paragraph, "Status");
    if (name === undefined || version === undefined) return [];
    if (status !== undefined && !status.endsWith(" installed")) return [];
    // `Source: glibc (2.36-9)`: the version is there when it differs from the package's own.
    const [, source = name, sourceVersion = version] =
      /^(\S+)(?:\s+\((\S+)\))?/.exec(field(paragraph, "Source") ?? "") ?? [];
    return [{ name, version, source, sourceVersion }];
  });
}

function field(paragraph: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(paragraph)?.[1]?.trim() || undefined;
}
