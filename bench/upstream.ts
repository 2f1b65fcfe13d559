import { createHash } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { type Content, digestOf, piecesOf } from "./content.ts";

/** A registry to pull from, of a bounded bandwidth as a network has it, that counts what it is asked. */
export interface BenchUpstream {
  readonly url: string;
  /** GETs of blobs so far. */
  blobRequests(): number;
  /** Offers an image of these layers as `bench:<tag>`; returns the digests of its blobs. */
  offer(tag: string, layers: readonly Content[]): readonly string[];
  close(): void;
}

export const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** @param bandwidth bytes a second, over all connections. */
export async function startUpstream(bandwidth: number): Promise<BenchUpstream> {
  const layers = new Map<string, Content>();
  const small = new Map<string, Buffer>();
  let asked = 0;
  let free = 0;

  /** Waits for its turn on the wire. */
  async function pace(bytes: number): Promise<void> {
    const now = performance.now();
    free = Math.max(now, free) + (bytes / bandwidth) * 1000;
    if (free > now) await wait(free - now);
  }

  async function send(response: ServerResponse, content: Content): Promise<void> {
    for (const pieces of piecesOf(content)) {
      await pace(1 << 20);
      if (response.destroyed) return;
      for (const piece of pieces) response.write(piece);
    }
    response.end();
  }

  const server = createServer((request, response) => {
    const { url = "", method } = request;
    const name = url.slice(url.lastIndexOf("/") + 1);
    const layer = layers.get(name);
    const bytes = small.get(url) ?? small.get(name);
    const blob = url.includes("/blobs/");
    if (blob && method === "GET") asked++;
    if (url === "/v2/") return void response.end("{}");
    if (layer === undefined && bytes === undefined) return void response.writeHead(404).end();
    const digest = blob ? name : digestOfBytes(bytes ?? Buffer.alloc(0));
    response.writeHead(200, {
      "content-type": blob ? "application/octet-stream" : manifestType,
      "content-length": layer?.size ?? bytes?.length ?? 0,
      "docker-content-digest": digest,
    });
    if (method === "HEAD" || layer === undefined) return void response.end(method === "HEAD" ? "" : bytes);
    void send(response, layer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    blobRequests: () => asked,
    offer(tag, contents) {
      const config = Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", tag }));
      const described = contents.map((content) => {
        const digest = digestOf(content);
        layers.set(digest, content);
        return { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: content.size };
      });
      const configDigest = digestOfBytes(config);
      small.set(configDigest, config);
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: manifestType,
          config: {
            mediaType: "application/vnd.oci.image.config.v1+json",
            digest: configDigest,
            size: config.length,
          },
          layers: described,
        }),
      );
      small.set(`/v2/bench/manifests/${tag}`, manifest);
      small.set(`/v2/bench/manifests/${digestOfBytes(manifest)}`, manifest);
      return [configDigest, ...described.map(({ digest }) => digest)];
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function digestOfBytes(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
