import { createHash } from "node:crypto";
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import type { Content } from "../content.ts";
import type { PushPlan } from "../load.ts";
import { compared, load, mib, perSecond, type Row, type Scale, sideBySide, speed } from "../measure.ts";
import { type Peer, registryPeers } from "../peers.ts";
import { type Server, startRoadstead } from "../servers.ts";

/** A registry that runs, and how its repository is asked. */
export interface Target {
  readonly server: Server;
  /** `/v2/<registry>/<repository>`. */
  readonly repository: string;
  /** Header lines. */
  readonly headers: string;
}

const account = "000000000000";
const region = "us-east-1";
const askers = 16;

/** Pushes and pulls of large and of many blobs; small requests per second. */
export async function benchRegistry(scale: Scale): Promise<Row[]> {
  const peers = registryPeers();
  const names = peers.map((peer) => peer.name);
  const one = { size: 1024 * mib, count: 1, connections: 1, what: "1 GiB" };
  const many = [1, 8, 32].map((connections) => ({
    size: 10 * mib,
    count: 100,
    connections,
    what: `100 × 10 MiB, ${connections} ${connections === 1 ? "client" : "clients"}`,
  }));
  const rows: Row[] = [];
  for (const { what, ...batch } of [one, ...many]) {
    for (const style of ["put", "patch"] as const) {
      const speeds = await withTargets(peers, (targets) =>
        sideBySide(
          scale.transfers,
          targets.map(
            (target) => (round) => pushed(target, style, contents(batch, `${style} ${round}`), batch),
          ),
        ),
      );
      rows.push(...compared(`push ${what}, ${styles[style]}`, speed, names, speeds, "2×"));
    }
    const speeds = await withTargets(peers, (targets) => pulls(scale, targets, batch));
    rows.push(...compared(`pull ${what}`, speed, names, speeds, "1.0×"));
  }
  return [...rows, ...(await smallRequests(scale, peers))];
}

const styles = { put: "one PUT", patch: "streamed PATCH" };

interface Batch {
  readonly size: number;
  readonly count: number;
  readonly connections: number;
}

function contents({ size, count }: Batch, name: string): Content[] {
  return Array.from({ length: count }, (_, index) => ({ name: `${name} ${index}`, size }));
}

/** Bytes a second. */
async function pushed(
  target: Target,
  style: PushPlan["style"],
  what: readonly Content[],
  { connections }: Pick<Batch, "connections">,
): Promise<number> {
  const { amount, seconds } = await push(target, style, what, connections);
  return amount / seconds;
}

export function push(
  { server, repository, headers }: Target,
  style: PushPlan["style"],
  what: readonly Content[],
  connections: number,
) {
  return load({ kind: "push", port: server.port, connections, repository, headers, style, contents: what });
}

export function pull(
  { server, repository, headers }: Target,
  digests: readonly string[],
  connections: number,
) {
  const requests = digests.map((digest) => get("GET", `${repository}/blobs/${digest}`, headers));
  return load({ kind: "pull", port: server.port, connections, requests });
}

async function pulls(scale: Scale, targets: readonly Target[], batch: Batch): Promise<readonly number[]> {
  const stored = await inTurn(targets, async (target) => {
    const { digests = [] } = await push(target, "put", contents(batch, "pull"), batch.connections);
    return digests;
  });
  return sideBySide(
    scale.transfers,
    targets.map((target, index) => async () => {
      const { amount, seconds } = await pull(target, stored[index] ?? [], batch.connections);
      return amount / seconds;
    }),
  );
}

/** Manifest GET and HEAD by tag, and GET and HEAD of a blob of 1 MiB. */
function smallRequests(scale: Scale, peers: readonly Peer[]): Promise<Row[]> {
  return withTargets(peers, async (targets) => {
    const names = peers.map((peer) => peer.name);
    const layers = await inTurn(targets, pushImage);
    const rate = (request: (target: Target, index: number) => string) =>
      sideBySide(
        scale.rounds,
        targets.map((target, index) => async () => {
          const { amount, seconds } = await load({
            kind: "rate",
            port: target.server.port,
            connections: askers,
            seconds: scale.seconds,
            request: request(target, index),
          });
          return amount / seconds;
        }),
      );
    const manifests = await rate(({ repository, headers }) =>
      get("GET", `${repository}/manifests/latest`, `${headers}Accept: ${manifestType}\r\n`),
    );
    const manifestHeads = await rate(({ repository, headers }) =>
      get("HEAD", `${repository}/manifests/latest`, `${headers}Accept: ${manifestType}\r\n`),
    );
    const blobs = await rate(({ repository, headers }, index) =>
      get("GET", `${repository}/blobs/${layers[index]}`, headers),
    );
    const blobHeads = await rate(({ repository, headers }, index) =>
      get("HEAD", `${repository}/blobs/${layers[index]}`, headers),
    );
    return [
      ...compared("manifest GET", perSecond, names, manifests, "6×"),
      ...compared("manifest HEAD", perSecond, names, manifestHeads, ""),
      ...compared("blob GET, 1 MiB", perSecond, names, blobs, "1.0×"),
      ...compared("blob HEAD", perSecond, names, blobHeads, ""),
    ];
  });
}

const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** Pushes an image of one layer as `latest`; the layer's digest. */
async function pushImage(target: Target): Promise<string> {
  const { digests: [digest = ""] = [] } = await push(target, "put", [{ name: "layer", size: mib }], 1);
  await putImage(target, "latest", [{ digest, size: mib }]);
  return digest;
}

/** Makes an image of layers that were pushed. */
export async function putImage(
  target: Target,
  tag: string,
  layers: readonly { readonly digest: string; readonly size: number }[],
): Promise<void> {
  const config = Buffer.from("{}");
  const configDigest = `sha256:${createHash("sha256").update(config).digest("hex")}`;
  const authorization = /^Authorization: (.*)\r\n$/m.exec(target.headers)?.[1];
  const auth: Record<string, string> = authorization === undefined ? {} : { authorization };
  const base = `http://127.0.0.1:${target.server.port}`;
  const begun = await fetch(`${base}${target.repository}/blobs/uploads/`, { method: "POST", headers: auth });
  const upload = new URL(begun.headers.get("location") ?? "", base);
  upload.searchParams.set("digest", configDigest);
  const stored = await fetch(upload, {
    method: "PUT",
    headers: { ...auth, "content-type": "application/octet-stream" },
    body: config,
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: configDigest,
      size: config.length,
    },
    layers: layers.map((layer) => ({ mediaType: "application/vnd.oci.image.layer.v1.tar", ...layer })),
  };
  const put = await fetch(`${base}${target.repository}/manifests/${tag}`, {
    method: "PUT",
    headers: { ...auth, "content-type": manifestType },
    body: JSON.stringify(manifest),
  });
  if (stored.status !== 201 || put.status !== 201)
    throw new Error(`no image: ${stored.status}, ${put.status}`);
}

function get(method: string, path: string, headers: string): string {
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`;
}

/**
 * Roadstead with a repository and a token for it.
 * @param dataDir a folder that outlives it; otherwise one of its own.
 */
export async function roadsteadTarget(flags: readonly string[] = [], dataDir?: string): Promise<Target> {
  const server = await startRoadstead(dataDir, flags);
  const client = new ECRClient({
    endpoint: `http://127.0.0.1:${server.port}`,
    region,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await client.send(new CreateRepositoryCommand({ repositoryName: "bench" }));
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  client.destroy();
  const token = authorizationData?.[0]?.authorizationToken ?? "";
  return {
    server,
    repository: `/v2/${account}.${region}/bench`,
    headers: `Authorization: Basic ${token}\r\n`,
  };
}

/** Starts Roadstead and the peers on empty folders, and ends them when the work is done. */
async function withTargets<T>(
  peers: readonly Peer[],
  work: (targets: readonly Target[]) => Promise<T>,
): Promise<T> {
  const targets: Target[] = [];
  try {
    targets.push(await roadsteadTarget());
    for (const peer of peers)
      targets.push({ server: await peer.start(), repository: "/v2/bench", headers: "" });
    return await work(targets);
  } finally {
    await Promise.all(targets.map(({ server }) => server.stop()));
  }
}

async function inTurn<T>(targets: readonly Target[], work: (target: Target) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  for (const target of targets) done.push(await work(target));
  return done;
}
