import { isLoopback, type Settings } from "../config/settings.ts";
import { CertificateError } from "../http/certificate.ts";
import { defaultAccount } from "../kernel/account.ts";
import { NoRootKeyError, type Running, startRoadstead } from "../main.ts";
import { createLog } from "../observe/log.ts";
import { type SettingFlags, settingsOf } from "./flags.ts";
import { Trouble } from "./trouble.ts";

/** Serves in the foreground until SIGTERM or SIGINT, then stops gracefully and exits 0. */
export async function start(flags: SettingFlags, dataDirectory: string): Promise<void> {
  const { settings, sources } = settingsOf(flags);
  refuseUnsafe(settings);
  const log = createLog(settings.logFormat, settings.logLevel, (line) => process.stdout.write(line));
  if (settings.blobEncryption === "off" && sources.blobEncryption === "default") {
    log.warn(
      {},
      "layers of AES256 repositories are not encrypted at rest: blobDownloads needs them as they came",
    );
  }
  const running = await startRoadstead(settings, dataDirectory, log).catch((error: unknown) => {
    throw cannotStart(error, settings);
  });
  process.stdout.write(greeting(running, settings));
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
  await running.close();
}

/** Well-known keys are for loopback; elsewhere an account's own root key must exist, and given keys are refused. */
function refuseUnsafe(settings: Settings): void {
  if (isLoopback(settings.host) || settings.bootstrapKeys.length === 0) return;
  throw new Trouble(
    `Roadstead does not start on ${settings.host} with bootstrap keys.`,
    "Bootstrap keys work on loopback only: anyone who can reach the port could use them.",
    "roadstead accounts create --account 111111111111",
  );
}

/** What the system says of a folder that cannot be made or written to. */
const folderTroubles: ReadonlySet<string> = new Set([
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOSPC",
  "ENOTDIR",
  "EEXIST",
]);

function cannotStart(error: unknown, settings: Settings): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof NoRootKeyError) {
    return new Trouble(
      `Roadstead does not start on ${settings.host} without a root key.`,
      "The well-known keys work on loopback only, and no account has a key of its own yet.",
      "roadstead accounts create --account 111111111111",
    );
  }
  if (error instanceof CertificateError) {
    return new Trouble("The certificate cannot be served.", error.message, "roadstead config");
  }
  const code = "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return new Trouble(
      `Port ${settings.port} on ${settings.host} is taken.`,
      "Another program (or another Roadstead) listens there.",
      "npm start -- --port 4567",
    );
  }
  if (typeof code === "string" && folderTroubles.has(code)) {
    return new Trouble(
      `The data folder ${settings.dataDir} cannot be used.`,
      error.message,
      "npm start -- --data-dir ./data",
    );
  }
  if (code === "ECONNREFUSED" || code === "ENOTFOUND") {
    return new Trouble("The database cannot be reached.", error.message, "roadstead config");
  }
  return error;
}

/** What a person needs next: the environment to export and three commands to try. */
export function greeting(running: Running, settings: Settings): string {
  const registry =
    running.registryForm === "path"
      ? `${settings.domain}:${running.port}`
      : `${defaultAccount}.dkr.ecr.us-east-1.${settings.domain}:${running.port}`;
  const keys = isLoopback(settings.host)
    ? "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n"
    : "# credentials: those that `roadstead accounts create` printed\n";
  return `
Roadstead serves on ${running.url}   (state: ${settings.dataDir})
and answers DNS on ${settings.host}, port ${running.dnsPort}   (docs/operate/names.md)

export AWS_ENDPOINT_URL=${running.url}
${keys}export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
export AWS_DISABLE_HOST_PREFIX_INJECTION=true

Try:
  aws sts get-caller-identity
  aws ecr create-repository --repository-name hello
  aws ecr get-login-password | docker login --username AWS --password-stdin ${registry}

`;
}
