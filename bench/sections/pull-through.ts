import {
  CreatePullThroughCacheRuleCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import { load, median, mib, type Row, type Scale, speed } from "../measure.ts";
import { registryPeers } from "../peers.ts";
import { type Server, startRoadstead } from "../servers.ts";
import { type BenchUpstream, manifestType, startUpstream } from "../upstream.ts";

const account = "000000000000";
const region = "us-east-1";
/** Bytes a second that upstream sends in all. */
const bandwidth = 100e6;
const layers = 3;
const layerSize = 8 * mib;

interface Cache {
  readonly name: string;
  readonly server: Server;
  readonly upstream: BenchUpstream;
  readonly repository: string;
  readonly headers: string;
}

interface Measured {
  readonly cold: number;
  readonly warm: number;
  /** GETs upstream for each blob of the cold pull. */
  readonly asked: number;
}

/** Pulls of an image that was never seen, and of the same image again, by one client and by sixteen at once. */
export async function benchPullThrough(scale: Scale): Promise<Row[]> {
  const caches = [await roadsteadCache()];
  for (const peer of registryPeers()) {
    const upstream = await startUpstream(bandwidth);
    const server = await peer.start(["proxy:", `  remoteurl: ${upstream.url}`]);
    caches.push({ name: peer.name, server, upstream, repository: "/v2/bench", headers: "" });
  }
  try {
    const rows: Row[] = [];
    for (const clients of [1, 16]) {
      const results: Measured[] = [];
      for (const cache of caches) results.push(await measure(scale, cache, clients));
      rows.push(...compare(caches, results, clients));
    }
    return rows;
  } finally {
    for (const { server, upstream } of caches) {
      await server.stop();
      upstream.close();
    }
  }
}

async function measure(scale: Scale, cache: Cache, clients: number): Promise<Measured> {
  const cold: number[] = [];
  const warm: number[] = [];
  let asked = 0;
  for (let round = 0; round < scale.rounds; round++) {
    const tag = `v${clients}-${round}`;
    const contents = Array.from({ length: layers }, (_, index) => ({
      name: `${cache.name} ${tag} ${index}`,
      size: layerSize,
    }));
    const digests = cache.upstream.offer(tag, contents);
    const before = cache.upstream.blobRequests();
    cold.push(await pull(cache, tag, digests, clients));
    asked += (cache.upstream.blobRequests() - before) / digests.length;
    warm.push(await pull(cache, tag, digests, clients));
  }
  return { cold: median(cold), warm: median(warm), asked: asked / scale.rounds };
}

/** Bytes a second, over all clients: each asks for the manifest, then for each blob. */
async function pull(
  { server, repository, headers }: Cache,
  tag: string,
  digests: readonly string[],
  clients: number,
) {
  const get = (path: string, more = "") =>
    `GET ${repository}/${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}${more}\r\n`;
  const one = [
    get(`manifests/${tag}`, `Accept: ${manifestType}\r\n`),
    ...digests.map((digest) => get(`blobs/${digest}`)),
  ];
  const requests = one.flatMap((request) => Array.from({ length: clients }, () => request));
  const { amount, seconds } = await load({
    kind: "pull",
    port: server.port,
    connections: clients,
    requests,
  });
  return amount / seconds;
}

function compare(caches: readonly Cache[], results: readonly Measured[], clients: number): Row[] {
  const [ours, ...theirs] = results;
  const who = clients === 1 ? "1 client" : `${clients} clients`;
  const rows = (name: string, aim: string, of: (measured: Measured) => number, unit: (v: number) => string) =>
    theirs.map((peer, index) => ({
      what: `pull through, ${name}, ${who}`,
      ours: unit(of(ours ?? peer)),
      peer: caches[index + 1]?.name ?? "",
      peerValue: unit(of(peer)),
      ratio: of(ours ?? peer) / of(peer),
      aim,
    }));
  return [
    ...rows("cold", clients === 1 ? "1.0×" : "10×", ({ cold }) => cold, speed),
    ...rows("warm", "1.0×", ({ warm }) => warm, speed),
    ...rows(
      "GETs upstream per blob",
      "",
      ({ asked }) => asked,
      (value) => value.toFixed(1),
    ),
  ];
}

async function roadsteadCache(): Promise<Cache> {
  const upstream = await startUpstream(bandwidth);
  const server = await startRoadstead(undefined, ["--pull-through-upstream", upstream.url]);
  const client = new ECRClient({
    endpoint: `http://127.0.0.1:${server.port}`,
    region,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await client.send(
    new CreatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "up", upstreamRegistryUrl: upstream.url }),
  );
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  client.destroy();
  const headers = `Authorization: Basic ${authorizationData?.[0]?.authorizationToken ?? ""}\r\n`;
  return {
    name: "Roadstead",
    server,
    upstream,
    repository: `/v2/${account}.${region}/up/bench`,
    headers,
  };
}
