/** The media type of a `Content-Type` or of a range in `Accept`, without its parameters, in lower case. */
export function mediaTypeOf(header: string): string {
  const end = header.indexOf(";");
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}

/** Every manifest there ever was, Docker's schema 1 included. */
const manifestTypes = /^application\/vnd\.(oci\.(image|artifact)|docker\.distribution)\.(manifest|index)\./;

/**
 * Whether a client takes a manifest in the form in which it is stored: manifests are never converted, since that
 * would change their digest (RFC 9110, section 12.5.1). A client that names no manifest type at all does not
 * negotiate, and takes anything.
 * @param accept every `Accept` header of the request.
 * @param stored media type of the stored manifest.
 */
export function negotiate(accept: string | readonly string[] | undefined, stored: string): boolean {
  const headers = accept === undefined ? [] : typeof accept === "string" ? [accept] : accept;
  const ranges = headers.flatMap((header) => header.split(",")).filter((range) => range.trim() !== "");
  const anything = `${stored.slice(0, stored.indexOf("/"))}/*`;
  // The most specific range decides; among equals one that refuses (q=0) does not hide one that takes.
  for (const wanted of [stored, anything, "*/*"]) {
    const matching = ranges.filter((range) => mediaTypeOf(range) === wanted);
    if (matching.length > 0) return matching.some((range) => !/;\s*q=0(\.0{0,3})?\s*(;|$)/i.test(range));
  }
  return !ranges.some((range) => manifestTypes.test(mediaTypeOf(range)));
}
