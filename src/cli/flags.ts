import { readFileSync } from "node:fs";
import { type ResolvedSettings, resolveSettings, SettingsError } from "../config/settings.ts";
import { isJsonObject, parseJson } from "../kernel/json.ts";
import { Trouble } from "./trouble.ts";

/** The flags that settings can be given by, as commander hands them over. */
export interface SettingFlags {
  readonly port?: string;
  readonly host?: string;
  readonly dnsPort?: string;
  readonly dnsForwarder?: readonly string[];
  readonly dataDir?: string;
  readonly database?: string;
  readonly blobs?: string;
  readonly blobEncryption?: string;
  readonly blobDownloads?: string;
  readonly domain?: string;
  readonly registryNames?: string;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly front?: string;
  readonly trustedProxy?: readonly string[];
  readonly allowedHost?: readonly string[];
  readonly bootstrapKey?: readonly string[];
  readonly registryDialect?: readonly string[];
  readonly allowReset?: boolean;
  readonly allowClock?: boolean;
  readonly allowPrivateEgress?: boolean;
  readonly pullThroughUpstream?: readonly string[];
  readonly pullThroughMirror?: readonly string[];
  readonly ecsRuntime?: string;
  readonly ecsHealthyAfter?: string;
  readonly dockerHost?: string;
  readonly hostMount?: readonly string[];
  readonly allowPrivileged?: boolean;
  readonly allowHostNamespaces?: boolean;
  readonly fileSystem?: readonly string[];
  readonly bucketFolder?: readonly string[];
  readonly config?: string;
  readonly logFormat?: string;
  readonly logLevel?: string;
}

/** Resolves the settings of a command: flags over environment over the file named by `--config`. */
export function settingsOf(flags: SettingFlags): ResolvedSettings {
  try {
    return resolveSettings({
      flags: {
        ...flags,
        databaseUrl: flags.database,
        blobsUrl: flags.blobs,
        allowedHosts: flags.allowedHost,
        dnsForwarders: flags.dnsForwarder,
        trustedProxies: flags.trustedProxy,
        bootstrapKeys: flags.bootstrapKey,
        registryDialects: flags.registryDialect,
        pullThroughUpstreams: flags.pullThroughUpstream,
        pullThroughMirrors: flags.pullThroughMirror,
        hostMounts: flags.hostMount,
        fileSystems: flags.fileSystem,
        bucketFolders: flags.bucketFolder,
      },
      environment: process.env,
      file: flags.config === undefined ? {} : readConfig(flags.config),
    });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new Trouble("The settings cannot be used.", error.message, "roadstead start --help");
  }
}

function readConfig(path: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Trouble("The settings file cannot be read.", String(error), `ls -l ${path}`);
  }
  const value = parseJson(text);
  if (isJsonObject(value)) return value;
  throw new Trouble(
    "The settings file cannot be used.",
    `${path} is not a JSON object`,
    `node -e 'JSON.parse(require("fs").readFileSync("${path}"))'`,
  );
}
