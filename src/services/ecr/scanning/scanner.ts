import type { Readable } from "node:stream";
import type * as ecr from "@aws-sdk/client-ecr";
import type { Digest } from "../../../kernel/brand.ts";

/** What reads images for ECR. */
export interface ImageScanner {
  /** @param layers from the lowest to the uppermost. @param open the bytes of a layer. Throws what `open` throws. */
  scan(
    layers: readonly { readonly digest: Digest; readonly size: number }[],
    open: (digest: Digest) => Promise<Readable>,
  ): Promise<ScanReport>;
}

/** How a scan ended; the gravest findings are first. `sourceUpdatedAt` is epoch ms. */
export type ScanReport =
  | {
      readonly status: "COMPLETE";
      readonly findings: readonly ScannedVulnerability[];
      readonly sourceUpdatedAt: number;
    }
  | { readonly status: "FAILED" | "FINDINGS_UNAVAILABLE" | "LIMIT_EXCEEDED"; readonly description: string };

/** One vulnerability of one package. */
export interface ScannedVulnerability {
  readonly name: string;
  readonly severity: ecr.FindingSeverity;
  readonly description: string;
  readonly uri?: string | undefined;
  readonly packageName: string;
  readonly packageVersion: string;
  readonly cvss?: { readonly vector: string; readonly score: number } | undefined;
}
