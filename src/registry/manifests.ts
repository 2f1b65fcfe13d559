import { isDigest } from "../kernel/digest.ts";
import { Fault } from "../kernel/fault.ts";
import { largestManifest } from "../services/ecr/images/manifest.ts";
import { entityTag, hasEntityTag } from "./entity-tag.ts";
import type { Handle } from "./exchange.ts";
import { mediaTypeOf, negotiate } from "./negotiate.ts";
import { manifestReference, tagOf } from "./references.ts";
import { contentLength, readAll } from "./request-body.ts";
import type { Target } from "./routes.ts";

type ManifestTarget = Extract<Target, { kind: "manifest" }>;

/** How many tags one push may set beside its reference. */
const tagLimit = 100;

/** `GET` and `HEAD <name>/manifests/<reference>` ("Pulling manifests", end-2 and end-3). */
export const readManifest: Handle<ManifestTarget> = async (exchange, target) => {
  const reference = manifestReference(target.reference, exchange.manners);
  const { headers } = exchange.request;
  const manifest = await exchange.invoke(exchange.ports.operations.getManifest, {
    ...exchange.repository(target.repository),
    reference,
    ...(/\bno-cache\b/i.test(headers["cache-control"] ?? "") ? { fresh: true } : {}),
  });
  // A digest names its bytes, so there is nothing to negotiate.
  if (!isDigest(reference) && !negotiate(headers.accept, manifest.mediaType)) {
    throw new Fault(
      "MANIFEST_UNKNOWN",
      `The image is there as ${manifest.mediaType}, which the Accept header does not allow`,
    );
  }
  const described = {
    "Content-Type": manifest.mediaType,
    "Docker-Content-Digest": manifest.digest,
    ETag: entityTag(manifest.digest),
  };
  if (hasEntityTag(headers["if-none-match"], manifest.digest)) return exchange.answer(304, described);
  exchange.answerBytes(200, described, manifest.bytes);
};

/** `PUT <name>/manifests/<reference>[?tag=…]` ("Pushing Manifests", end-7). */
export const putManifest: Handle<ManifestTarget> = async (exchange, target) => {
  const { request, ports } = exchange;
  const reference = manifestReference(target.reference, exchange.manners);
  const tags = exchange.query.getAll("tag");
  if (tags.length > 0) checkTags(reference, tags);
  if ([reference, ...tags].some((one) => !isDigest(one) && one.length > exchange.manners.longestTag)) {
    throw new Fault("TAG_INVALID", `A tag has at most ${exchange.manners.longestTag} characters`);
  }
  if ((contentLength(request) ?? 0) > largestManifest) {
    throw new Fault("SIZE_INVALID", `The manifest is larger than ${largestManifest} bytes`);
  }
  const mediaType = mediaTypeOf(request.headers["content-type"] ?? "");
  const stored = await exchange.invoke(ports.operations.putManifest, {
    ...exchange.repository(target.repository),
    reference,
    bytes: await readAll(exchange.body(largestManifest)),
    ...(mediaType === "" ? {} : { mediaType }),
    ...(tags.length === 0 ? {} : { tags }),
  });
  exchange.answer(201, {
    Location: exchange.path(target.repository, `manifests/${stored.digest}`),
    "Docker-Content-Digest": stored.digest,
    ...(stored.subject === undefined ? {} : { "OCI-Subject": stored.subject }),
    ...(tags.length === 0 ? {} : { "OCI-Tag": tags.join(", ") }),
  });
};

/** `DELETE <name>/manifests/<reference>` ("Content Management", end-9). */
export const deleteManifest: Handle<ManifestTarget> = async (exchange, { repository, reference }) => {
  await exchange.invoke(exchange.ports.operations.deleteManifest, {
    ...exchange.repository(repository),
    reference: manifestReference(reference, exchange.manners),
    ...(exchange.manners.lastTagTakesImage ? {} : { tagOnly: true }),
  });
  exchange.answer(202, {});
};

function checkTags(reference: string, tags: readonly string[]): void {
  if (!isDigest(reference)) {
    throw new Fault("TAG_INVALID", "The tag parameter goes with a push by digest only");
  }
  if (tags.length > tagLimit) {
    throw new Fault("TAG_INVALID", `At most ${tagLimit} tags can be pushed at once`, { status: 414 });
  }
  for (const tag of tags) tagOf(tag);
}
