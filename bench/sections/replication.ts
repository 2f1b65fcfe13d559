import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ECRClient, PutReplicationConfigurationCommand } from "@aws-sdk/client-ecr";
import { CreateServiceLinkedRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { median, megabytes, mib, type Row, type Scale } from "../measure.ts";
import { push, putImage, roadsteadTarget, type Target } from "./registry.ts";

const account = "000000000000";
const destination = "eu-west-1";
const credentials = { accessKeyId: "test", secretAccessKey: "test" };
/** Layers that all images have in common, and the one that each has for itself; bytes of each. */
const sharedLayers = 3;
const sharedSize = 8 * mib;
const ownSize = mib;
/** How often it is looked whether an image has arrived, in ms. */
const lookEvery = 2;
/** After how long it is given up, in ms. */
const patience = 60_000;

/** How long an image takes to the other region, and how many bytes it takes along. */
interface Replicated {
  /** From the answer to its push until it can be pulled there, in ms. */
  readonly lag: number;
  readonly bytes: number;
}

/** Replication of images that share all but one layer: within a site, and to another one. */
export async function benchReplication(scale: Scale): Promise<Row[]> {
  return [...rows("within the site", await within(scale)), ...rows("to another site", await between(scale))];
}

/** Two regions of one Roadstead: the bytes are those that its blobs take beyond what was pushed. */
async function within(scale: Scale): Promise<readonly Replicated[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "roadstead-bench-"));
  const source = await roadsteadTarget([], dataDir);
  try {
    await replicate(source);
    const stored = (): number => sizeOf(join(dataDir, "blobs"));
    return await images(scale, source, source, (pushed) => {
      const before = stored();
      return () => Math.max(0, stored() - before - pushed);
    });
  } finally {
    await source.server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Two Roadsteads: the bytes are those that go over the wire to the other, requests' heads included. */
async function between(scale: Scale): Promise<readonly Replicated[]> {
  const targets: Target[] = [];
  const wire = await countingWire(() => targets[1]?.server.port ?? 0);
  try {
    const source = await roadsteadTarget();
    targets.push(source);
    const other = await roadsteadTarget();
    targets.push(other);
    await link(source, other, wire.url);
    await replicate(source);
    return await images(scale, source, other, () => {
      const before = wire.bytes();
      return () => wire.bytes() - before;
    });
  } finally {
    await Promise.all(targets.map(({ server }) => server.stop()));
    wire.close();
  }
}

/**
 * Pushes an image of the shared layers, and one for each turn that adds a layer of its own.
 * @param counting begins to count before so many bytes are pushed; gives what counts them.
 */
async function images(
  scale: Scale,
  source: Target,
  there: Target,
  counting: (pushed: number) => () => number,
): Promise<readonly Replicated[]> {
  const shared = Array.from({ length: sharedLayers }, (_, index) => ({
    name: `shared ${index}`,
    size: sharedSize,
  }));
  const measured: Replicated[] = [];
  let below: readonly { readonly digest: string; readonly size: number }[] = [];
  for (let round = 0; round <= scale.rounds; round++) {
    const own = round === 0 ? shared : [{ name: `own ${round}`, size: ownSize }];
    const bytes = counting(own.reduce((sum, { size }) => sum + size, 0));
    const { digests = [] } = await push(source, "put", own, 1);
    const layers = [...below, ...own.map(({ size }, index) => ({ digest: digests[index] ?? "", size }))];
    await putImage(source, `v${round}`, layers);
    const began = performance.now();
    await arrives(there, `v${round}`);
    measured.push({ lag: performance.now() - began, bytes: bytes() });
    if (round === 0) below = layers;
  }
  return measured;
}

/** Settles when the destination has the image. */
async function arrives({ server, headers }: Target, tag: string): Promise<void> {
  const authorization = /^Authorization: (.*)\r\n$/m.exec(headers)?.[1] ?? "";
  const url = `http://127.0.0.1:${server.port}/v2/${account}.${destination}/bench/manifests/${tag}`;
  const until = performance.now() + patience;
  while (performance.now() < until) {
    const { status } = await fetch(url, { method: "HEAD", headers: { authorization } });
    if (status === 200) return;
    await wait(lookEvery);
  }
  throw new Error(`${tag} was not replicated`);
}

async function replicate({ server }: Target): Promise<void> {
  const ecr = new ECRClient({ ...at(server.port), region: "us-east-1" });
  await ecr.send(
    new PutReplicationConfigurationCommand({
      replicationConfiguration: {
        rules: [{ destinations: [{ region: destination, registryId: account }] }],
      },
    }),
  );
  ecr.destroy();
}

/** Makes the receiving role there, and has the region served from there. */
async function link(source: Target, other: Target, url: string): Promise<void> {
  const iam = new IAMClient({ ...at(other.server.port), region: "us-east-1" });
  await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: "replication.ecr.amazonaws.com" }));
  iam.destroy();
  const { key } = await admin(other, "site-keys", { name: "bench", accounts: [account] });
  await admin(source, "regions", { region: destination, url, key });
}

async function admin({ server }: Target, path: string, body: object): Promise<{ readonly key?: string }> {
  const response = await fetch(`http://127.0.0.1:${server.port}/_roadstead/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as { readonly key?: string };
}

function at(port: number) {
  return { endpoint: `http://127.0.0.1:${port}`, credentials };
}

/** A port that leads to another and counts what is sent there. */
async function countingWire(
  port: () => number,
): Promise<{ readonly url: string; bytes(): number; close(): void }> {
  let sent = 0;
  const wire = createServer((near) => {
    const far = connect(port(), "127.0.0.1");
    near.on("data", (bytes) => {
      sent += bytes.length;
    });
    near.pipe(far).pipe(near);
    near.on("error", () => far.destroy()).on("close", () => far.destroy());
    far.on("error", () => near.destroy());
  });
  await new Promise<void>((resolve) => wire.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(wire.address() as AddressInfo).port}`,
    bytes: () => sent,
    close: () => void wire.close(),
  };
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

function rows(where: string, [first, ...others]: readonly Replicated[]): Row[] {
  const whole = sharedLayers * sharedSize;
  const bytes = median(others.map((one) => one.bytes));
  const image = whole + ownSize;
  return [
    {
      what: `replication ${where}, ${whole / mib} MiB new: lag`,
      ours: milliseconds(first?.lag ?? Number.NaN),
    },
    {
      what: `replication ${where}, ${ownSize / mib} MiB new, ${whole / mib} MiB shared: lag`,
      ours: milliseconds(median(others.map((one) => one.lag))),
    },
    {
      what: `replication ${where}, ${ownSize / mib} MiB new, ${whole / mib} MiB shared: bytes`,
      ours: megabytes(bytes),
      peer: "the image",
      peerValue: megabytes(image),
      ratio: bytes / image,
      aim: where === "within the site" ? "0" : "the new layer",
    },
  ];
}

const milliseconds = (value: number): string => `${Math.round(value)} ms`;
