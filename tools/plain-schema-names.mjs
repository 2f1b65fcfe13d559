/** Where the SDK's clients keep their schemas. */
export const schemaFile = /[\\/]client-[a-z0-9-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/;

/**
 * The SDK's schemas name members by constants (`{ [_xN]: "…" }`). To a bundler a computed name may do something, so it
 * keeps each schema and all that it refers to; written out, those that nobody imports go. Of EC2 that is nine tenths.
 * @param text a file that `schemaFile` matches.
 */
export function plainSchemaNames(text) {
  const names = new Map(
    [...text.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [name, value]),
  );
  return text.replace(/\[(_\w+)\]:/g, (computed, name) =>
    names.has(name) ? `${names.get(name)}:` : computed,
  );
}
