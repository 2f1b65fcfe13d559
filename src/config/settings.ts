import { isIP } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join, resolve, sep } from "node:path";
import * as z from "zod";
import { isAccountId } from "../kernel/account.ts";
import type { AccountId } from "../kernel/brand.ts";
import { isAddressBlock } from "../kernel/client-address.ts";
import { parseDialectRule } from "../kernel/registry-dialect.ts";
import { parseRegistryUrl } from "../kernel/registry-url.ts";

/** One root key given at start: `ID:SECRET:ACCOUNT`. */
const bootstrapKey = z.string().transform((text, issue) => {
  const [accessKeyId = "", secretAccessKey = "", account = "", ...more] = text.split(":");
  if (accessKeyId === "" || secretAccessKey === "" || !isAccountId(account) || more.length > 0) {
    issue.addIssue({ code: "custom", message: "must be ID:SECRET:ACCOUNT, the account twelve digits" });
    return z.NEVER;
  }
  return { accessKeyId, secretAccessKey, account: account as AccountId };
});

/** `oci`, `<account>=oci` or `<account>.<region>=oci`. */
const dialectRule = z.string().transform((text, issue) => {
  const rule = parseDialectRule(text);
  if (rule !== undefined) return rule;
  issue.addIssue({ code: "custom", message: "must be ecr or oci, or ACCOUNT=oci, or ACCOUNT.REGION=oci" });
  return z.NEVER;
});

/** `BUCKET=/FOLDER` or `BUCKET=s3://…`: where the objects of an S3 bucket are, for environment files. */
const bucketFolder = z.string().transform((text, issue) => {
  const [, bucket, place] = /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])=(\/.*|s3:\/\/.+)$/.exec(text) ?? [];
  const known = place !== undefined && (place.startsWith("/") || URL.canParse(place));
  if (bucket !== undefined && known) return [bucket, place] as const;
  issue.addIssue({ code: "custom", message: "must be BUCKET=/FOLDER or BUCKET=s3://BUCKET/PREFIX" });
  return z.NEVER;
});

/** `https` or `https:8443`: how clients reach a proxy in front. */
const front = z.string().transform((text, issue) => {
  const [, scheme, port] = /^(https?)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (scheme !== undefined && Number(port ?? 1) >= 1 && Number(port ?? 1) <= 65_535) {
    const secure = scheme === "https";
    return { secure, port: port === undefined ? (secure ? 443 : 80) : Number(port) };
  }
  issue.addIssue({
    code: "custom",
    message: "must be http or https, with :PORT unless it is the scheme's own",
  });
  return z.NEVER;
});

/** `served`, `redirect`, or `X-Accel-Redirect=<prefix>` (nginx, Caddy), `X-Sendfile=<folder>` (Apache, lighttpd). */
const blobDownloads = z.string().transform((text, issue) => {
  if (text === "served" || text === "redirect") return { way: text } as const;
  const [, header, prefix] = /^(X-Accel-Redirect|X-Sendfile)=(\/[\w./-]*)$/i.exec(text) ?? [];
  if (header !== undefined && prefix !== undefined) {
    return { way: "front", header, prefix: prefix.endsWith("/") ? prefix : `${prefix}/` } as const;
  }
  issue.addIssue({
    code: "custom",
    message: "must be served, redirect, or X-Accel-Redirect=/PREFIX/ or X-Sendfile=/FOLDER/",
  });
  return z.NEVER;
});

const yes = z.union([z.boolean(), z.stringbool()]);

/** Every setting of a running Roadstead. */
const schema = z.object({
  port: decimal(z.number().int().min(0).max(65_535)).default(4566),
  host: z.string().min(1).default("127.0.0.1"),
  dataDir: z
    .string()
    .min(1)
    .default(() => join(homedir(), ".roadstead")),
  databaseUrl: z
    .string()
    .regex(/^(sqlite:|postgres(ql)?:\/\/)/, "must begin with sqlite: or postgresql://")
    .optional(),
  blobsUrl: z
    .string()
    .regex(/^(file:|s3:\/\/)/, "must begin with file: or s3://")
    .optional(),
  blobEncryption: z.enum(["on", "off"]).optional(),
  blobDownloads: blobDownloads.default({ way: "served" }),
  dnsPort: decimal(z.number().int().min(0).max(65_535)).default(0),
  dnsForwarders: list(
    z.string().refine(isForwarder, "must be none, or IP addresses, with :PORT if it is not 53"),
  ),
  domain: z
    .string()
    .regex(/^[a-z0-9.-]+$/i)
    .default("localhost"),
  registryDialects: list(dialectRule),
  registryNames: z.enum(["auto", "subdomain", "path"]).default("auto"),
  tlsCertificate: z.string().min(1).optional(),
  tlsKey: z.string().min(1).optional(),
  front: front.optional(),
  trustedProxies: list(z.string().refine(isAddressBlock, "must be IP addresses or CIDR blocks")),
  allowedHosts: list(z.string().min(1)),
  bootstrapKeys: list(bootstrapKey),
  adminToken: z.string().min(16).optional(),
  allowReset: yes.optional(),
  allowClock: yes.default(false),
  allowPrivateEgress: yes.default(false),
  pullThroughUpstreams: list(
    z.string().refine((text) => text === "any" || isRegistryUrl(text), "must be any, or URLs of registries"),
  ),
  pullThroughMirrors: list(z.string().refine(isMirror, "must be HOST=URL")),
  ecsRuntime: z.enum(["docker", "memory", "none"]).default("docker"),
  ecsHealthyAfter: decimal(z.number().min(0).max(3600)).default(40),
  dockerHost: z
    .string()
    .regex(
      /^(unix:\/\/\/|tcp:\/\/|http:\/\/|https:\/\/)/,
      "must begin with unix:///, tcp://, http:// or https://",
    )
    .optional(),
  hostMounts: list(z.string().startsWith("/", "must be absolute paths")),
  allowPrivileged: yes.default(false),
  allowHostNamespaces: yes.default(false),
  fileSystems: list(z.string().regex(/^fs-[0-9a-f]+=\/.*$/, "must be FILE-SYSTEM-ID=/FOLDER")),
  bucketFolders: list(bucketFolder),
  logFormat: z.enum(["text", "json"]).default("text"),
  logLevel: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
});

function isRegistryUrl(text: string): boolean {
  return parseRegistryUrl(text) !== undefined;
}

/** `192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:5353`, or `none`. */
function isForwarder(text: string): boolean {
  const address = /^\[(.+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? text.replace(/^([\d.]+):\d{1,5}$/, "$1");
  return text === "none" || isIP(address) !== 0;
}

/** `registry-1.docker.io=http://mirror.example:5000`. */
function isMirror(text: string): boolean {
  const [host = "", url = "", ...more] = text.split("=");
  return more.length === 0 && isRegistryUrl(host) && !host.includes("/") && isRegistryUrl(url);
}

/** A number, or its decimal digits: an empty text is no zero. */
function decimal<T extends z.ZodType>(number: T) {
  return z.preprocess(
    (value) => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value),
    number,
  );
}

function list<T extends z.ZodType>(item: T) {
  return z.preprocess(
    (value) => (typeof value === "string" ? value.split(",") : (value ?? [])),
    z.array(item),
  );
}

export type SettingName = keyof typeof schema.shape;
export type Settings = Omit<z.output<typeof schema>, "allowReset" | "blobEncryption"> & {
  readonly allowReset: boolean;
  readonly blobEncryption: "on" | "off";
};
export type SettingSource = "flag" | "environment" | "file" | "default";

/** Settings, and where each came from. */
export interface ResolvedSettings {
  readonly settings: Settings;
  readonly sources: Readonly<Record<SettingName, SettingSource>>;
}

/** A setting that cannot be used: says which, where it came from, and why. */
export class SettingsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SettingsError";
  }
}

/** Names of all settings, in the order of the schema. */
export const settingNames = Object.keys(schema.shape) as SettingName[];

/** `dataDir` → `ROADSTEAD_DATA_DIR`. */
export function environmentName(name: SettingName): string {
  return `ROADSTEAD_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/**
 * Resolves settings: a flag over the environment over the file over the default.
 * @throws SettingsError naming the setting and its source.
 */
export function resolveSettings(given: {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: Readonly<Record<string, unknown>>;
}): ResolvedSettings {
  const raw: Record<string, unknown> = {};
  const sources = {} as Record<SettingName, SettingSource>;
  for (const name of settingNames) {
    const candidates: readonly (readonly [SettingSource, unknown])[] = [
      ["flag", given.flags[name]],
      ["environment", given.environment[environmentName(name)]],
      ["file", given.file[name]],
    ];
    const [source, value] = candidates.find(([, candidate]) => candidate !== undefined) ?? [
      "default",
      undefined,
    ];
    sources[name] = source;
    if (value !== undefined) raw[name] = value;
  }
  for (const name of Object.keys(given.file)) {
    if (!settingNames.includes(name as SettingName))
      throw new SettingsError(`${name}: no such setting (file)`);
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]) as SettingName;
      return `${name} (${sources[name]}): ${issue.message}`;
    });
    throw new SettingsError(problems.join("\n"));
  }
  const settings = parsed.data;
  if ((settings.tlsCertificate === undefined) !== (settings.tlsKey === undefined)) {
    const absent = settings.tlsKey === undefined ? "tlsKey" : "tlsCertificate";
    throw new SettingsError(`${absent}: a certificate and its key go together`);
  }
  const inS3 = settings.blobsUrl?.startsWith("s3:") === true;
  if (settings.blobDownloads.way === (inS3 ? "front" : "redirect")) {
    throw new SettingsError(
      `blobDownloads (${sources.blobDownloads}): ${inS3 ? "blobs in S3 can be redirect" : "only blobs in S3 can be redirect"}`,
    );
  }
  // Another server sends what lies as it came, and nothing else.
  const servedHere = settings.blobDownloads.way === "served";
  if (settings.blobEncryption === "on" && !servedHere) {
    throw new SettingsError(
      `blobEncryption (${sources.blobEncryption}): what is encrypted is served by Roadstead alone: with blobDownloads it is off`,
    );
  }
  const dataDir = resolve(settings.dataDir);
  return {
    settings: {
      ...settings,
      dataDir,
      blobEncryption: settings.blobEncryption ?? (servedHere ? "on" : "off"),
      allowReset: settings.allowReset ?? isTemporary(dataDir),
    },
    sources,
  };
}

/** A data folder below the system's temporary folder holds nothing that a reset could lose. */
function isTemporary(dataDir: string): boolean {
  return `${dataDir}${sep}`.startsWith(`${resolve(tmpdir())}${sep}`);
}

/** Whether an address is loopback: only there do the well-known keys work. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
