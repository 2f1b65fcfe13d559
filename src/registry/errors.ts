import { isFault } from "../kernel/fault.ts";
import type { RegistryDialect } from "../kernel/registry-dialect.ts";
import type { TargetKind } from "./routes.ts";

/** What a client is told: `{"errors":[{"code","message"}]}` with a status (distribution-spec, "Error Codes"). */
export interface RegistryError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

interface Row {
  readonly status: number;
  readonly code: string;
  /** Said instead of the fault's own text. */
  readonly message?: string;
}

/** Codes of the distribution-spec and of docker's registry API, thrown as such by this folder and the blob store. */
const ociCodes: Readonly<Record<string, number>> = {
  UNAUTHORIZED: 401,
  DENIED: 403,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  TAG_INVALID: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  SIZE_INVALID: 413,
  RANGE_INVALID: 416,
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  PAGINATION_NUMBER_INVALID: 400,
  TOOMANYREQUESTS: 429,
  UNSUPPORTED: 405,
};

/** How ECR's exceptions read on `/v2/` (registry behaviour: "Common errors for Docker commands", ECR User Guide). */
const ecrExceptions: Readonly<Record<string, Row>> = {
  AccessDenied: { status: 403, code: "DENIED" },
  AccessDeniedException: { status: 403, code: "DENIED" },
  ExpiredTokenException: { status: 403, code: "DENIED" },
  RepositoryNotFoundException: { status: 404, code: "NAME_UNKNOWN" },
  ImageNotFoundException: { status: 404, code: "MANIFEST_UNKNOWN", message: "Requested image not found" },
  ImageTagAlreadyExistsException: { status: 400, code: "TAG_INVALID" },
  ImageAlreadyExistsException: { status: 400, code: "TAG_INVALID" },
  ImageDigestDoesNotMatchException: { status: 400, code: "DIGEST_INVALID" },
  // AWS: "blob upload unknown: Layers with digests …" is what docker shows; the spec would have MANIFEST_BLOB_UNKNOWN.
  LayersNotFoundException: { status: 404, code: "BLOB_UPLOAD_UNKNOWN" },
  ReferencedImagesNotFoundException: { status: 400, code: "MANIFEST_BLOB_UNKNOWN" },
  ImageReferencedByManifestList: { status: 400, code: "DENIED" },
  LayerInaccessibleException: { status: 404, code: "BLOB_UNKNOWN" },
  UploadNotFoundException: { status: 404, code: "BLOB_UPLOAD_UNKNOWN" },
  InvalidLayerException: { status: 400, code: "DIGEST_INVALID" },
  InvalidLayerPartException: { status: 416, code: "RANGE_INVALID" },
  LayerPartTooSmallException: { status: 400, code: "BLOB_UPLOAD_INVALID" },
  EmptyUploadException: { status: 400, code: "BLOB_UPLOAD_INVALID" },
  InvalidParameterException: { status: 400, code: "UNSUPPORTED" },
  LimitExceededException: { status: 403, code: "DENIED" },
  // The repository's key is disabled, gone or forbidden. What AWS answers here is not published.
  KmsException: { status: 403, code: "DENIED" },
  UpstreamAccessDenied: { status: 403, code: "DENIED" },
  UpstreamTooManyRequests: { status: 429, code: "TOOMANYREQUESTS" },
  // Docker's registry has this code for the same; clients try again.
  UpstreamUnavailable: { status: 503, code: "UNAVAILABLE" },
  ServiceUnavailable: { status: 503, code: "UNAVAILABLE" },
  UnableToGetUpstreamImageException: { status: 404, code: "MANIFEST_UNKNOWN" },
  UnableToGetUpstreamLayerException: { status: 404, code: "BLOB_UNKNOWN" },
  // The door has reported it already.
  InternalFailure: { status: 500, code: "UNKNOWN", message: "unknown error" },
  ThrottlingException: { status: 429, code: "TOOMANYREQUESTS", message: "Rate exceeded" },
};

/** Where the same exception means another thing. */
const onTarget: Readonly<Partial<Record<TargetKind | "any", Readonly<Record<string, Row>>>>> = {
  blob: { LayersNotFoundException: { status: 404, code: "BLOB_UNKNOWN" } },
  // AWS: 405, which clients take for a registry without the feature (github.com/chainguard-dev/apko, issue 450).
  manifest: { InvalidParameterException: { status: 405, code: "UNSUPPORTED" } },
};

/** Where the distribution-spec has another code ("Error Codes"), for registries of its dialect. */
const specified: Readonly<Partial<Record<TargetKind | "any", Readonly<Record<string, Row>>>>> = {
  any: {
    ExpiredTokenException: { status: 401, code: "UNAUTHORIZED" },
    ImageReferencedByManifestList: { status: 405, code: "UNSUPPORTED" },
  },
  manifest: {
    InvalidParameterException: { status: 400, code: "MANIFEST_INVALID" },
    LayersNotFoundException: { status: 404, code: "MANIFEST_BLOB_UNKNOWN" },
    ReferencedImagesNotFoundException: { status: 404, code: "MANIFEST_BLOB_UNKNOWN" },
  },
};

/**
 * What a caught value is to the client, on a route of the given kind, of a registry of that dialect.
 * @returns `undefined` when it is a programming error: answered 500 without its text.
 */
export function registryError(
  error: unknown,
  kind: TargetKind | undefined,
  dialect: RegistryDialect,
): RegistryError | undefined {
  if (!isFault(error)) return undefined;
  const status = ociCodes[error.code];
  if (status !== undefined)
    return { status: error.status ?? status, code: error.code, message: error.message };
  const own =
    dialect === "oci" ? (specified[kind ?? "any"]?.[error.code] ?? specified.any?.[error.code]) : undefined;
  const row = own ?? onTarget[kind ?? "any"]?.[error.code] ?? ecrExceptions[error.code];
  if (row !== undefined) return { status: row.status, code: row.code, message: row.message ?? error.message };
  // A fault without a row is still the client's to see, but nothing that it throws may look like our failure.
  const given = error.status ?? 400;
  return given >= 500 ? undefined : { status: given, code: "UNSUPPORTED", message: error.message };
}

/** The body of an error answer, with the newline that ECR ends it with. */
export function errorBody(code: string, message: string): string {
  return `${JSON.stringify({ errors: [{ code, message }] })}\n`;
}
