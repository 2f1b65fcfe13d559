import { pullImage, pushImage } from "../oci-client.ts";
import { sampleImage } from "../sample-image.ts";
import { docker, hasDocker } from "./docker.ts";

/** Carries images to and from a registry: docker where there is one, Roadstead's own small OCI client otherwise. */
export interface Carrier {
  readonly name: string;
  /** The command that a person would type, for showing. */
  pushCommand(repositoryUri: string, tag: string): string;
  /** Pushes a small image; each `seed` is another image. Answers the digest that the client itself computed. */
  push(repositoryUri: string, tag: string, token: string, seed: string): Promise<string>;
  pullCommand(repositoryUri: string, tag: string): string;
  pull(repositoryUri: string, tag: string, token: string): Promise<string>;
  /** Removes what was left behind. */
  clean(): Promise<void>;
}

/** Picks the carrier. Docker is used when its engine answers and `allowed`. */
export async function chooseCarrier(allowed: boolean): Promise<Carrier> {
  return allowed && (await hasDocker()) ? dockerCarrier() : ociCarrier;
}

const ociCarrier: Carrier = {
  name: "Roadstead's own OCI client (no Docker Engine answered)",
  pushCommand: (uri, tag) => `docker push ${uri}:${tag}`,
  async push(uri, tag, token, seed) {
    const { digest } = await pushImage({ ...target(uri, token), reference: tag, ...sampleImage(seed) });
    return digest;
  },
  pullCommand: (uri, tag) => `docker pull ${uri}:${tag}`,
  async pull(uri, tag, token) {
    return (await pullImage({ ...target(uri, token), reference: tag })).digest;
  },
  clean: async () => undefined,
};

function target(uri: string, token: string) {
  const slash = uri.indexOf("/");
  const host = uri.slice(0, slash).replace(/^localhost:/, "127.0.0.1:");
  return { registry: `http://${host}`, repository: uri.slice(slash + 1), authorization: `Basic ${token}` };
}

function dockerCarrier(): Carrier {
  const images: string[] = [];
  /** Who is logged in where: in path form one host serves every registry, a login each. */
  const logins = new Map<string, string>();
  async function login(uri: string, token: string): Promise<void> {
    const host = uri.slice(0, uri.indexOf("/"));
    if (logins.get(host) === token) return;
    const password = Buffer.from(token, "base64").toString("utf8").slice("AWS:".length);
    await docker(["login", "--username", "AWS", "--password-stdin", host], Buffer.from(password));
    logins.set(host, token);
  }
  return {
    name: "docker",
    pushCommand: (uri, tag) => `docker push ${uri}:${tag}`,
    async push(uri, tag, token, seed) {
      await login(uri, token);
      const image = `${uri}:${tag}`;
      images.push(image);
      const [layer] = sampleImage(seed).layers;
      await docker(["import", "-", image], layer);
      return pushedDigest(await docker(["push", image]));
    },
    pullCommand: (uri, tag) => `docker pull ${uri}:${tag}`,
    async pull(uri, tag, token) {
      await login(uri, token);
      const image = `${uri}:${tag}`;
      images.push(image);
      return pulledDigest(await docker(["pull", image]));
    },
    async clean() {
      if (images.length > 0) await docker(["image", "rm", "--force", ...images]).catch(() => undefined);
      for (const host of logins.keys()) await docker(["logout", host]).catch(() => undefined);
    },
  };
}

function pushedDigest(output: string): string {
  return /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1] ?? "";
}

function pulledDigest(output: string): string {
  return /Digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1] ?? "";
}
