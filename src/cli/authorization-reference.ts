import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AuthorizationReference, ServiceReference } from "./policy-reference.ts";

/** Reads `data/service-authorization`. */
export function readAuthorizationReference(dataDirectory: string): AuthorizationReference {
  const folder = join(dataDirectory, "service-authorization");
  return new Map(
    readdirSync(folder).map((file) => {
      const entry = JSON.parse(readFileSync(join(folder, file), "utf8")) as ServiceReference;
      return [entry.service, entry];
    }),
  );
}
