import type { VersionScheme } from "../affected.ts";

/** An operating system release, as vulnerability data names it. */
export interface Release {
  /** `Debian:12`: an ecosystem of the OSV schema, without what makes no difference to packages. */
  readonly name: string;
  readonly scheme: VersionScheme;
  /** Whether the data speaks of source packages or of the packages that are installed. */
  readonly namedBy: "source" | "binary";
}

interface Distribution {
  readonly scheme: Release["scheme"];
  readonly namedBy: Release["namedBy"];
  /** The release's name for a `VERSION_ID`; `undefined` when there is none. */
  name(version: string): string | undefined;
}

const major = (version: string): string => version.split(".")[0] ?? "";
const numbered = (name: string) => (version: string) => (version === "" ? undefined : `${name}:${version}`);

/** By the `ID` of os-release(5). What is not here has no data in OSV's ecosystems. */
const distributions: Readonly<Record<string, Distribution>> = {
  debian: { scheme: "dpkg", namedBy: "source", name: numbered("Debian") },
  ubuntu: { scheme: "dpkg", namedBy: "source", name: numbered("Ubuntu") },
  alpine: {
    scheme: "apk",
    namedBy: "source",
    name: (version) => /^(\d+\.\d+)/.exec(version)?.[1] && `Alpine:v${/^(\d+\.\d+)/.exec(version)?.[1]}`,
  },
  wolfi: { scheme: "apk", namedBy: "source", name: () => "Wolfi" },
  chainguard: { scheme: "apk", namedBy: "source", name: () => "Chainguard" },
  rhel: { scheme: "rpm", namedBy: "binary", name: (version) => numbered("Red Hat")(major(version)) },
  almalinux: { scheme: "rpm", namedBy: "binary", name: (version) => numbered("AlmaLinux")(major(version)) },
  rocky: { scheme: "rpm", namedBy: "source", name: (version) => numbered("Rocky Linux")(major(version)) },
  "opensuse-leap": {
    scheme: "rpm",
    namedBy: "source",
    name: (version) => (version === "" ? undefined : `openSUSE:Leap ${version}`),
  },
};

/** The release that an os-release file names; `undefined` when it is none that data could speak of. */
export function readOsRelease(text: string): Release | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line.trim()) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, value.replace(/^(["'])(.*)\1$/, "$2"));
  }
  const id = fields.get("ID") ?? "";
  const distribution = Object.hasOwn(distributions, id) ? distributions[id] : undefined;
  const name = distribution?.name(fields.get("VERSION_ID") ?? "");
  if (distribution === undefined || name === undefined) return undefined;
  return { name, scheme: distribution.scheme, namedBy: distribution.namedBy };
}

/**
 * The release that an ecosystem of the OSV schema means; `undefined` for one that is no operating system of ours.
 * `Ubuntu:22.04:LTS` is `Ubuntu:22.04`, `Red Hat:enterprise_linux:9::baseos` is `Red Hat:9`.
 */
export function releaseOf(
  ecosystem: string,
): { readonly name: string; readonly scheme: VersionScheme } | undefined {
  const [family = "", version = ""] = ecosystem.split(":");
  const scheme = schemes[family];
  if (scheme === undefined) return undefined;
  if (family === "Red Hat") {
    const release = /^Red Hat:enterprise_linux:(\d+)(?:\.\d+)?(?:::|$)/.exec(ecosystem)?.[1];
    return release === undefined ? undefined : { name: `Red Hat:${release}`, scheme };
  }
  if (version === "")
    return family === "Wolfi" || family === "Chainguard" ? { name: family, scheme } : undefined;
  // Ubuntu Pro has packages of its own, which a plain release does not get.
  if (family === "Ubuntu" && version === "Pro") return undefined;
  return { name: `${family}:${version}`, scheme };
}

const schemes: Readonly<Record<string, VersionScheme | undefined>> = {
  Debian: "dpkg",
  Ubuntu: "dpkg",
  Alpine: "apk",
  Wolfi: "apk",
  Chainguard: "apk",
  "Red Hat": "rpm",
  AlmaLinux: "rpm",
  "Rocky Linux": "rpm",
  openSUSE: "rpm",
};
