import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveSettings } from "../../config/settings.ts";
import { startRoadstead } from "../../main.ts";
import { createLog } from "../../observe/log.ts";
import { Trouble } from "../trouble.ts";
import { chooseCarrier } from "./carrier.ts";
import { clientsOf } from "./clients.ts";
import { createStage } from "./stage.ts";
import { playVoyage } from "./voyage.ts";

/**
 * Plays the replication story against a fresh temporary state. The commands shown are those of the AWS CLI and docker;
 * the AWS calls are made with the official SDK clients, over HTTP, signed, like anybody's.
 */
export async function demo(options: { readonly docker: boolean }, dataDirectory: string): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "roadstead-demo-"));
  const { settings } = resolveSettings({
    flags: { port: 0, dataDir, logLevel: "silent" },
    environment: {},
    file: {},
  });
  const log = createLog("text", settings.logLevel, () => undefined);
  const running = await startRoadstead(settings, dataDirectory, log);
  const carrier = await chooseCarrier(options.docker);
  const stage = createStage((text) => process.stdout.write(text), process.stdout.isTTY === true);
  process.stdout.write(
    `Roadstead demo: a fresh state, ${running.url}; images are carried by ${carrier.name}.\n`,
  );
  try {
    await playVoyage({
      stage,
      carrier,
      home: clientsOf(running.url, "111111111111", "us-east-1"),
      abroad: clientsOf(running.url, "111111111111", "eu-west-1"),
      neighbour: clientsOf(running.url, "222222222222", "us-west-2"),
      endpoint: running.url,
    });
    process.stdout.write(stage.summary());
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Trouble("The demo did not go as it should.", error.message, "npm run demo -- --no-docker");
  } finally {
    await carrier.clean();
    await running.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
