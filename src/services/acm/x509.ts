import { webcrypto } from "node:crypto";

let loaded: Promise<typeof import("@peculiar/x509")> | undefined;

/** What makes certificates, loaded when the first one is made: most processes make none. */
export function loadX509(): Promise<typeof import("@peculiar/x509")> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<typeof import("@peculiar/x509")> {
  // The library looks at decorators' metadata as it loads.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto as Crypto);
  return x509;
}
