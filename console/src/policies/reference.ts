import type { AuthorizationReference, ServiceReference } from "../../../src/cli/policy-reference.ts";

/** The Service Authorization Reference, a file a service, loaded when a policy names the service. */
const files = import.meta.glob<ServiceReference>("../../../data/service-authorization/*.json", {
  import: "default",
});

/** Every prefix that is known. */
const paths = new Map(
  Object.keys(files).map((path) => [path.replace(/^.*\/([^/]+)\.json$/, "$1"), path] as const),
);

const loaded = new Map<string, ServiceReference>();

/** What the reference says of the services whose actions or keys a document names. */
export async function referenceFor(text: string): Promise<AuthorizationReference> {
  const named = new Set(
    [...text.matchAll(/"([a-z0-9-]+):/gi)].map(([, prefix = ""]) => prefix.toLowerCase()),
  );
  await Promise.all(
    [...named].map(async (prefix) => {
      const path = paths.get(prefix);
      if (path === undefined || loaded.has(prefix)) return;
      const reference = await files[path]?.();
      if (reference !== undefined) loaded.set(prefix, reference);
    }),
  );
  return loaded;
}
