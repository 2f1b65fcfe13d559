/** The parts of an image reference that a pull needs. */
export interface SplitReference {
  readonly name: string;
  /** A tag or a digest; `latest` when the reference has neither. */
  readonly tag: string;
}

/** `host:5000/app:v1@sha256:…` → `host:5000/app` and the digest, which wins over the tag. */
export function splitReference(reference: string): SplitReference {
  const [named = "", digest] = reference.split("@");
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.lastIndexOf("/");
  const name = tagged ? named.slice(0, colon) : named;
  return { name, tag: digest ?? (tagged ? named.slice(colon + 1) : "latest") };
}
