import { createHash } from "node:crypto";
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { type MovableClock, movableClock } from "../../../src/kernel/clock.ts";
import type { RegistryDialect } from "../../../src/kernel/registry-dialect.ts";
import { type Answer, type Draft, send } from "../../failure/signed.ts";
import { type TestRoadstead, testRoadstead } from "../../support/roadstead.ts";

/** One Roadstead with a registry of each dialect, each of an account of its own. */
export interface Registries {
  readonly clock: MovableClock;
  /** The folder of both. */
  readonly dataDir: string;
  readonly ecr: Registry;
  readonly oci: Registry;
  stop(): Promise<void>;
}

/** A registry of one dialect, with its root's token. */
export interface Registry {
  readonly dialect: RegistryDialect;
  readonly account: string;
  readonly client: ECRClient;
  /** Another request header value, e.g. of a token that has expired. */
  readonly authorization: string;
  /** Asks with the token; `path` is `<repository>/…`, or begins with a slash: then it is sent as it is. */
  ask(method: string, path: string, draft?: Draft): Promise<Answer>;
  /** Makes a repository and answers its name. */
  repository(): Promise<string>;
}

export const dialects = ["ecr", "oci"] as const;

const accounts = { ecr: "111111111111", oci: "222222222222" } as const;

/** Starts both. */
export async function startRegistries(): Promise<Registries> {
  const clock = movableClock();
  const roadstead = await testRoadstead({ registryDialects: `ecr,${accounts.oci}=oci` }, { clock });
  const [ecr, oci] = await Promise.all(dialects.map((dialect) => open(roadstead, dialect)));
  if (ecr === undefined || oci === undefined) throw new Error("a registry is missing");
  return {
    clock,
    dataDir: roadstead.dataDir,
    ecr,
    oci,
    async stop() {
      ecr.client.destroy();
      oci.client.destroy();
      await roadstead.stop();
    },
  };
}

let repositories = 0;

async function open(roadstead: TestRoadstead, dialect: RegistryDialect): Promise<Registry> {
  const account = accounts[dialect];
  const client = new ECRClient(roadstead.client(account));
  const { authorizationData = [] } = await client.send(new GetAuthorizationTokenCommand({}));
  const authorization = `Basic ${authorizationData[0]?.authorizationToken}`;
  return {
    dialect,
    account,
    client,
    authorization,
    ask: (method, path, draft = {}) =>
      send(roadstead.url, {
        ...draft,
        method,
        path: path.startsWith("/") ? path : `/v2/${account}.us-east-1/${path}`,
        headers: { host: "localhost", authorization, ...draft.headers },
      }),
    async repository() {
      const repositoryName = `conformance/r${++repositories}`;
      await client.send(new CreateRepositoryCommand({ repositoryName }));
      return repositoryName;
    },
  };
}

export const types = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  foreign: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  empty: "application/vnd.oci.empty.v1+json",
} as const;

/** The digest of bytes. */
export function digestOf(bytes: Buffer | string, algorithm: "sha256" | "sha512" = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/** A descriptor of bytes (image-spec, "Content Descriptors"). */
export function describeBytes(bytes: Buffer | string, mediaType: string, algorithm?: "sha256" | "sha512") {
  return { mediaType, digest: digestOf(bytes, algorithm), size: Buffer.byteLength(bytes) };
}

/** Pushes a layer in one POST. */
export async function pushBlob(
  registry: Registry,
  repository: string,
  bytes: Buffer | string,
  algorithm?: "sha256" | "sha512",
) {
  const digest = digestOf(bytes, algorithm);
  const answer = await registry.ask("POST", `${repository}/blobs/uploads/?digest=${digest}`, { body: bytes });
  if (answer.status !== 201) throw new Error(`no blob: ${answer.status} ${answer.body.toString()}`);
  return digest;
}

/** Begins an upload and answers the path where it goes on. */
export async function beginUpload(registry: Registry, repository: string): Promise<string> {
  return pathOf(await registry.ask("POST", `${repository}/blobs/uploads/`));
}

/** The path in `Location`. */
export function pathOf({ headers }: Answer): string {
  return String(headers.location);
}

/** An image manifest of a config and layers, as text. */
export function imageManifest(parts: {
  readonly config?: Buffer | string;
  readonly configType?: string;
  readonly layers?: readonly (Buffer | string)[];
  readonly more?: object;
}): string {
  const { config = "{}", configType = types.config, layers = [], more } = parts;
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: describeBytes(config, configType),
    layers: layers.map((layer) => describeBytes(layer, types.layer)),
    ...more,
  });
}

/** Pushes a manifest under a tag, or its digest. */
export function putManifest(
  registry: Registry,
  repository: string,
  manifest: string,
  reference = digestOf(manifest),
): Promise<Answer> {
  const { mediaType } = JSON.parse(manifest) as { mediaType: string };
  return registry.ask("PUT", `${repository}/manifests/${reference}`, {
    headers: { "content-type": mediaType },
    body: manifest,
  });
}

/** Pushes an image of one layer, which is the tag. */
export async function pushImage(registry: Registry, repository: string, tag: string, more: object = {}) {
  await pushBlob(registry, repository, "{}");
  await pushBlob(registry, repository, tag);
  const manifest = imageManifest({ layers: [tag], more });
  const answer = await putManifest(registry, repository, manifest, tag);
  if (answer.status !== 201) throw new Error(`no image: ${answer.status} ${answer.body.toString()}`);
  return { manifest, digest: digestOf(manifest), layer: digestOf(tag) };
}

/** The first error code of an answer; empty when it has none. */
export function codeOf({ body }: Answer): string {
  try {
    const { errors } = JSON.parse(body.toString()) as { errors?: readonly { readonly code: string }[] };
    return errors?.[0]?.code ?? "";
  } catch {
    return "";
  }
}
