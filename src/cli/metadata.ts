import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { cpus, homedir } from "node:os";
import { join, resolve } from "node:path";
import { createLog } from "../observe/log.ts";
import { openHostKey } from "../runtime/agent/metadata/host-key.ts";
import {
  createInstanceSource,
  HostRefusal,
  joinInstance,
} from "../runtime/agent/metadata/instance-source.ts";
import { createMetadataServer } from "../runtime/agent/metadata/server.ts";
import { Trouble } from "./trouble.ts";

/** The flags of `roadstead metadata`. */
export interface MetadataFlags {
  readonly endpoint: string;
  readonly join?: string;
  readonly listen: string;
  readonly dataDir?: string;
}

/** How often a machine asks whether its instance is still there, in ms. */
const lookEvery = 15_000;
/** AWS: how long before the end a machine is told of it, in ms. */
const farewell = 120_000;

/**
 * Makes this machine an EC2 instance and serves its metadata, until SIGTERM or SIGINT, or two minutes after the instance
 * was terminated.
 */
export async function metadata(flags: MetadataFlags): Promise<void> {
  const dataDir = resolve(flags.dataDir ?? join(homedir(), ".roadstead-instance"));
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const log = createLog("text", "info", (line) => process.stdout.write(line));
  const key = await openHostKey(join(dataDir, "key.pem"));
  const state = join(dataDir, "instance");
  const instance = await instanceOf(flags, state, key);
  const source = createInstanceSource(flags.endpoint, instance, key, () => Date.now());
  let terminatedAt: number | undefined;
  const server = createMetadataServer({
    source,
    now: () => Date.now(),
    terminatedAt: () => terminatedAt,
    log,
  });
  await listening(server, flags.listen);
  process.stdout.write(`This machine is ${instance.split("/").at(-1)}; its metadata is at ${flags.listen}\n`);
  await new Promise<void>((stop) => {
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
    const timer = setInterval(async () => {
      if (terminatedAt === undefined && (await source.terminated())) {
        terminatedAt = Date.now();
        log.info({ instance }, "the instance has been terminated: the machine is told so for two minutes");
      }
      if (terminatedAt !== undefined && Date.now() > terminatedAt + farewell) stop();
    }, lookEvery);
    timer.unref();
  });
  server.close();
  server.closeAllConnections();
}

/** The instance that this machine is already, or the one that it joins as. */
async function instanceOf(
  { endpoint, join: token }: MetadataFlags,
  state: string,
  key: Awaited<ReturnType<typeof openHostKey>>,
): Promise<string> {
  const known = (await readFile(state, "utf8").catch(() => "")).trim();
  if (known !== "" && token === undefined) return known;
  if (token === undefined) {
    throw new Trouble(
      "This machine is no instance yet.",
      "An instance that waits for its machine says on its console how to join: --join is needed once.",
      "aws ec2 get-console-output --instance-id <instance> --output text",
    );
  }
  const machine = {
    architecture: process.arch === "arm64" ? "arm64" : "x86_64",
    cores: cpus().length,
  };
  try {
    const instance = await joinInstance(endpoint, token, key, machine);
    await writeFile(`${state}.new`, `${instance}\n`, { mode: 0o600 });
    await rename(`${state}.new`, state);
    return instance;
  } catch (error) {
    // Started again with the same token by whatever keeps it running.
    if (known !== "" && error instanceof HostRefusal) return known;
    const why = error instanceof Error ? error.message : String(error);
    throw new Trouble(`This machine cannot join at ${endpoint}.`, why, "roadstead doctor");
  }
}

/** @param address `169.254.169.254:80`. */
function listening(server: Server, address: string): Promise<void> {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(address) ?? [];
  if (host === undefined || port === undefined) {
    throw new Trouble(
      "--listen is not an address.",
      "It is an address and a port.",
      "--listen 127.0.0.1:4580",
    );
  }
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      reject(
        new Trouble(
          `The metadata service cannot listen on ${address}.`,
          error.message,
          `sudo ip address add ${host}/32 dev lo`,
        ),
      );
    });
    server.listen(Number(port), host, () => resolve());
  });
}
