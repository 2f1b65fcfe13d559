import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { resolveSettings } from "../../config/settings.ts";
import { startRoadstead } from "../../main.ts";
import { createLog } from "../../observe/log.ts";
import { Trouble } from "../trouble.ts";
import { chooseCarrier } from "./carrier.ts";
import { clientsOf } from "./clients.ts";
import { playContainers } from "./containers.ts";
import { hasDocker } from "./docker.ts";
import { createStage, type Stage } from "./stage.ts";
import { playVoyage } from "./voyage.ts";

/** The stories there are: images that travel, containers that run. */
export const stories = ["ecr", "ecs"] as const;
export type Story = (typeof stories)[number];

export interface DemoOptions {
  /** Carry images with docker where it is there; the story of containers needs it. */
  readonly docker: boolean;
}

/**
 * Plays a story against a fresh temporary state. The commands shown are those of the AWS CLI and docker; the AWS calls
 * are made with the official SDK clients, over HTTP, signed, like anybody's.
 */
export async function demo(story: Story, options: DemoOptions, dataDirectory: string): Promise<void> {
  if (story === "ecs" && !(await hasDocker())) {
    throw new Trouble("The story of containers needs a Docker Engine, and none answers.", "", "npm run demo");
  }
  const dataDir = mkdtempSync(join(tmpdir(), "roadstead-demo-"));
  const { settings } = resolveSettings({
    // A task counts as healthy after a second, not after AWS's forty: the story would be long.
    flags: {
      port: 0,
      dataDir,
      logLevel: "silent",
      ecsHealthyAfter: 1,
      ecsRuntime: story === "ecs" ? "docker" : "none",
    },
    environment: {},
    file: {},
  });
  const log = createLog("text", settings.logLevel, () => undefined);
  const running = await startRoadstead(settings, dataDirectory, log);
  const stage = createStage((text) => process.stdout.write(text), process.stdout.isTTY === true);
  process.stdout.write(`Roadstead demo: a fresh state, ${running.url}.\n`);
  try {
    await (story === "ecs" ? containers(stage, running.url) : voyage(stage, running.url, options));
    process.stdout.write(stage.summary());
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Trouble("The demo did not go as it should.", error.message, "npm run demo -- --no-docker");
  } finally {
    await running.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function voyage(stage: Stage, endpoint: string, options: DemoOptions): Promise<void> {
  const carrier = await chooseCarrier(options.docker);
  process.stdout.write(`Images are carried by ${carrier.name}.\n`);
  try {
    await playVoyage({
      stage,
      carrier,
      home: clientsOf(endpoint, "111111111111", "us-east-1"),
      abroad: clientsOf(endpoint, "111111111111", "eu-west-1"),
      neighbour: clientsOf(endpoint, "222222222222", "us-west-2"),
      endpoint,
    });
  } finally {
    await carrier.clean();
  }
}

async function containers(stage: Stage, endpoint: string): Promise<void> {
  const home = clientsOf(endpoint, "111111111111", "us-east-1");
  const { Subnets: [subnet] = [] } = await home.ec2.send(new DescribeSubnetsCommand({}));
  await playContainers({ stage, home, subnetId: subnet?.SubnetId ?? "" });
}
