import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sampleImage } from "../../src/cli/sample-image.ts";

/** A registry to pull from that counts what it is asked and fails as it is told. */
export interface FakeUpstream {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** `GET /v2/…` and so on, in order, tokens included. */
  readonly asked: string[];
  /** `Authorization` headers, in the order of `asked`. */
  readonly credentials: (string | undefined)[];
  /** What lets a caller in; nothing by default. */
  let: { basic?: string; bearer?: string };
  /** Comes before every answer: returns true when it has answered itself. */
  before: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Stores a blob and returns its digest. */
  blob(bytes: Buffer): string;
  /** Stores a manifest under a tag and its digest; returns its digest. */
  manifest(repository: string, tag: string | undefined, mediaType: string, document: object): string;
  /** Stores an image of these layers. */
  image(repository: string, tag: string | undefined, layers: readonly Buffer[]): FakeImage;
  /** Stores a manifest about another, and lists it among what refers to that; returns its digest. */
  referrer(repository: string, subject: string, artifactType: string, content: Buffer): string;
  /** How often a path that ends so was asked with that method. */
  count(method: string, end: string): number;
  close(): Promise<void>;
}

export interface FakeImage {
  readonly digest: string;
  readonly config: string;
  readonly layers: readonly string[];
}

export const ociManifest = "application/vnd.oci.image.manifest.v1+json";
export const ociIndex = "application/vnd.oci.image.index.v1+json";

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A small layer that is a real one; each seed is another. */
export function sampleLayer(seed: string): Buffer {
  return sampleImage(seed).layers[0] ?? Buffer.alloc(0);
}

export async function startUpstream(): Promise<FakeUpstream> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, { mediaType: string; bytes: Buffer }>();

  const server: Server = createServer((request, response) => {
    const { method = "", url = "" } = request;
    upstream.asked.push(`${method} ${url}`);
    upstream.credentials.push(request.headers.authorization);
    if (upstream.before?.(request, response) === true) return;
    if (url.startsWith("/token")) return token(request, response);
    if (!admitted(request, response)) return;
    if (url === "/v2/") return void response.writeHead(200).end("{}");
    const manifest = manifests.get(decodeURIComponent(url));
    if (manifest !== undefined) {
      response.writeHead(200, {
        "content-type": manifest.mediaType,
        "content-length": manifest.bytes.length,
        "docker-content-digest": digestOf(manifest.bytes),
      });
      return void response.end(method === "HEAD" ? undefined : manifest.bytes);
    }
    const blob = blobs.get(url.slice(url.lastIndexOf("/") + 1));
    if (!url.includes("/blobs/") || blob === undefined) return void response.writeHead(404).end("{}");
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = { "content-range": `bytes ${from}-${blob.length - 1}/${blob.length}` };
    response.writeHead(from > 0 ? 206 : 200, {
      "content-length": blob.length - from,
      ...(from > 0 ? range : {}),
    });
    response.end(blob.subarray(from));
  });

  function admitted(request: IncomingMessage, response: ServerResponse): boolean {
    const { basic, bearer } = upstream.let;
    if (basic === undefined && bearer === undefined) return true;
    const given = request.headers.authorization;
    if (bearer !== undefined) {
      if (given === "Bearer good") return true;
      const realm = `Bearer realm="${upstream.url}/token",service="fake"`;
      response.writeHead(401, { "www-authenticate": realm }).end();
      return false;
    }
    if (given === `Basic ${Buffer.from(basic ?? "").toString("base64")}`) return true;
    response.writeHead(401, { "www-authenticate": 'Basic realm="fake"' }).end();
    return false;
  }

  function token(request: IncomingMessage, response: ServerResponse): void {
    const wanted = upstream.let.bearer ?? "";
    const expected = wanted === "" ? undefined : `Basic ${Buffer.from(wanted).toString("base64")}`;
    if (request.headers.authorization !== expected) return void response.writeHead(401).end();
    response.end(JSON.stringify({ token: "good", expires_in: 300 }));
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const upstream: FakeUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    credentials: [],
    let: {},
    before: undefined,
    blob(bytes) {
      blobs.set(digestOf(bytes), bytes);
      return digestOf(bytes);
    },
    manifest(repository, tag, mediaType, document) {
      const bytes = Buffer.from(JSON.stringify(document));
      const digest = digestOf(bytes);
      for (const reference of [digest, ...(tag === undefined ? [] : [tag])]) {
        manifests.set(`/v2/${repository}/manifests/${reference}`, { mediaType, bytes });
      }
      return digest;
    },
    image(repository, tag, layers) {
      const config = Buffer.from(
        JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } }),
      );
      const configDigest = upstream.blob(config);
      const type = "application/vnd.oci.image.layer.v1.tar+gzip";
      const digest = upstream.manifest(repository, tag, ociManifest, {
        schemaVersion: 2,
        mediaType: ociManifest,
        config: {
          mediaType: "application/vnd.oci.image.config.v1+json",
          digest: configDigest,
          size: config.length,
        },
        layers: layers.map((bytes) => ({
          mediaType: type,
          digest: upstream.blob(bytes),
          size: bytes.length,
        })),
      });
      return { digest, config: configDigest, layers: layers.map(digestOf) };
    },
    referrer(repository, subject, artifactType, content) {
      const about = manifests.get(`/v2/${repository}/manifests/${subject}`)?.bytes ?? Buffer.alloc(0);
      const document = {
        schemaVersion: 2,
        mediaType: ociManifest,
        artifactType,
        config: {
          mediaType: "application/vnd.oci.empty.v1+json",
          digest: upstream.blob(Buffer.from("{}")),
          size: 2,
        },
        layers: [
          { mediaType: "application/octet-stream", digest: upstream.blob(content), size: content.length },
        ],
        subject: { mediaType: ociManifest, digest: subject, size: about.length },
      };
      const digest = upstream.manifest(repository, undefined, ociManifest, document);
      const path = `/v2/${repository}/referrers/${subject}`;
      const listed = JSON.parse(manifests.get(path)?.bytes.toString() ?? '{"manifests":[]}') as {
        manifests: object[];
      };
      const size = JSON.stringify(document).length;
      const index = {
        schemaVersion: 2,
        mediaType: ociIndex,
        manifests: [...listed.manifests, { mediaType: ociManifest, digest, size, artifactType }],
      };
      manifests.set(path, { mediaType: ociIndex, bytes: Buffer.from(JSON.stringify(index)) });
      return digest;
    },
    count: (method, end) =>
      upstream.asked.filter((line) => line.startsWith(`${method} `) && line.endsWith(end)).length,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return upstream;
}
