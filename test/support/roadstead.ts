import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { resolveSettings } from "../../src/config/settings.ts";
import type { Overrides } from "../../src/main/overrides.ts";
import { type Running, startRoadstead } from "../../src/main.ts";
import { createLog } from "../../src/observe/log.ts";

/** The project's `data` folder. */
export const dataDirectory = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "data");

/** A Roadstead in this process, on a free port, with a fresh temporary folder. */
export interface TestRoadstead extends Running {
  readonly dataDir: string;
  /** What an SDK client needs to call it as the root of an account. */
  client(account?: string, region?: string): ClientSettings;
  /** Environment for a command line client that calls as the root of an account. */
  environment(account?: string, region?: string): NodeJS.ProcessEnv;
  /** Closes it and removes its folder. */
  stop(): Promise<void>;
}

export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** Settings by flag name, as on the command line; overrides as the composition root takes them. */
export async function testRoadstead(
  flags: Readonly<Record<string, unknown>> = {},
  overrides: Overrides = {},
): Promise<TestRoadstead> {
  const dataDir = (flags.dataDir as string | undefined) ?? mkdtempSync(join(tmpdir(), "roadstead-"));
  const { settings } = resolveSettings({
    flags: {
      port: 0,
      dataDir,
      logLevel: process.env.ROADSTEAD_TEST_LOG ?? "silent",
      allowClock: true,
      ecsRuntime: "memory",
      ...flags,
    },
    environment: {},
    file: {},
  });
  const log = createLog("text", settings.logLevel, (line) => process.stderr.write(line));
  const running = await startRoadstead(settings, dataDirectory, log, overrides);
  return {
    ...running,
    dataDir,
    client: (account = "000000000000", region = "us-east-1") => ({
      endpoint: running.url,
      region,
      credentials: { accessKeyId: account, secretAccessKey: "test" },
    }),
    environment: (account = "000000000000", region = "us-east-1") => ({
      PATH: process.env.PATH,
      HOME: dataDir,
      AWS_ENDPOINT_URL: running.url,
      AWS_ACCESS_KEY_ID: account,
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_PAGER: "",
    }),
    async stop() {
      await running.close();
      if (flags.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
