import { createHash } from "node:crypto";
import { pushImage } from "../../src/cli/oci-client.ts";
import { sampleImage } from "../../src/cli/sample-image.ts";

/** `docker login`'s password, as base64 of `AWS:<password>`, makes the `Authorization` header. */
export function pushSample(
  registry: string,
  repository: string,
  tag: string,
  token: string,
  seed: string,
): Promise<{ readonly digest: string }> {
  return pushImage({
    registry,
    repository,
    reference: tag,
    authorization: `Basic ${token}`,
    ...sampleImage(seed),
  });
}

/** SHA-256 of bytes as a digest. */
export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
