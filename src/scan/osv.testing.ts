/** An OSV entry as its publishers write them, with what a test changes. */
export function osvEntry(
  id: string,
  ecosystem: string,
  packageName: string,
  events: readonly Readonly<Record<string, string>>[],
  more: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    schema_version: "1.7.0",
    id,
    modified: "2026-05-01T00:00:00Z",
    details: `What ${id} is about.`,
    affected: [
      { package: { ecosystem, name: packageName }, ranges: [{ type: "ECOSYSTEM", events: [...events] }] },
    ],
    ...more,
  });
}
