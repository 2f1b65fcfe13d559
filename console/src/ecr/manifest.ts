/** What a manifest names: a layer, or in an index the manifest of a platform. */
export interface Descriptor {
  readonly digest?: string;
  /** In bytes. */
  readonly size?: number;
  readonly mediaType?: string;
  readonly platform?: {
    readonly os?: string;
    readonly architecture?: string;
    readonly variant?: string;
  };
}

/** What a manifest consists of; nothing where it cannot be read. */
export interface ManifestParts {
  readonly layers: readonly Descriptor[];
  /** Of an index. */
  readonly manifests: readonly Descriptor[];
}

/** Reads a manifest or an index (OCI Image Format Specification, "Image Manifest", "Image Index"). */
export function partsOf(manifest: string): ManifestParts {
  try {
    const read = JSON.parse(manifest) as Partial<Record<keyof ManifestParts, unknown>> | null;
    return { layers: descriptors(read?.layers), manifests: descriptors(read?.manifests) };
  } catch {
    return { layers: [], manifests: [] };
  }
}

/** `linux/arm64/v8`. */
export function platformOf({ platform }: Descriptor): string | undefined {
  if (platform === undefined) return undefined;
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join("/");
}

function descriptors(value: unknown): readonly Descriptor[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "object" && one !== null) : [];
}
