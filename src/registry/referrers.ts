import { isDigest } from "../kernel/digest.ts";
import { Fault } from "../kernel/fault.ts";
import { ociIndex } from "../services/ecr/images/media-type.ts";
import type { Handle } from "./exchange.ts";
import { digestOf } from "./references.ts";
import type { Target } from "./routes.ts";

type ReferrersTarget = Extract<Target, { kind: "referrers" }>;

const pageLimit = 1000;

/** `GET <name>/referrers/<digest>[?artifactType=]`: an image index, page by page ("Listing Referrers", end-12). */
export const listReferrers: Handle<ReferrersTarget> = async (exchange, { repository, digest }) => {
  const subject = digestOf(digest, exchange.manners);
  const { query } = exchange;
  // A media type holds no space, but often a "+" that its writer forgot to escape.
  const artifactTypes = query.getAll("artifactType").map((type) => type.replaceAll(" ", "+"));
  if (artifactTypes.some((type) => type.length > 255) || artifactTypes.length > 20) {
    throw new Fault("UNSUPPORTED", "The artifactType parameter is not a media type", { status: 400 });
  }
  const after = query.get("last");
  if (after !== null && !isDigest(after))
    throw new Fault("DIGEST_INVALID", "The last parameter is not a digest");
  const page = await exchange.invoke(exchange.ports.operations.listReferrers, {
    ...exchange.repository(repository),
    subject,
    limit: pageLimit,
    ...(artifactTypes.length === 0 ? {} : { artifactTypes }),
    ...(after === null ? {} : { after }),
  });
  const last = page.referrers[page.referrers.length - 1];
  const more = new URLSearchParams(artifactTypes.map((type) => ["artifactType", type] as [string, string]));
  more.set("last", last?.digest ?? "");
  const next = `${exchange.path(repository, `referrers/${subject}`)}?${more}`;
  exchange.answerBytes(
    200,
    {
      "Content-Type": ociIndex,
      ...(artifactTypes.length === 0 ? {} : { "OCI-Filters-Applied": "artifactType" }),
      ...(page.more && last !== undefined ? { Link: `<${next}>; rel="next"` } : {}),
    },
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: page.referrers })),
  );
};
