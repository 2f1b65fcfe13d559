import { Fault } from "../kernel/fault.ts";
import type { Handle } from "./exchange.ts";
import type { Target } from "./routes.ts";

type TagsTarget = Extract<Target, { kind: "tags" }>;

/** Tags on a page when the client does not say, and at most. */
const pageLimit = 1000;

/** `GET <name>/tags/list[?n=&last=]`: tags in byte order, page by page ("Listing Tags", end-8). */
export const listTags: Handle<TagsTarget> = async (exchange, { repository }) => {
  const { query } = exchange;
  const limit = pageSize(query.get("n"));
  const after = query.get("last");
  if (after !== null && after.length > 300) {
    throw new Fault("TAG_INVALID", "The last parameter is not a tag");
  }
  const page = await exchange.invoke(exchange.ports.operations.listTags, {
    ...exchange.repository(repository),
    limit: Math.max(1, limit),
    ...(after === null ? {} : { after }),
  });
  const tags = limit === 0 ? [] : page.tags;
  const last = tags[tags.length - 1];
  const next = `${exchange.path(repository, "tags/list")}?n=${limit}&last=${encodeURIComponent(last ?? "")}`;
  exchange.answerBytes(
    200,
    {
      "Content-Type": exchange.manners.tagListType,
      ...(page.more && last !== undefined ? { Link: `<${next}>; rel="next"` } : {}),
    },
    Buffer.from(JSON.stringify({ name: repository, tags })),
  );
};

/** The `n` parameter. Throws `PAGINATION_NUMBER_INVALID`. */
function pageSize(n: string | null): number {
  if (n === null) return pageLimit;
  if (!/^\d{1,9}$/.test(n)) {
    throw new Fault("PAGINATION_NUMBER_INVALID", "The n parameter must be a number of tags");
  }
  return Math.min(Number(n), pageLimit);
}
