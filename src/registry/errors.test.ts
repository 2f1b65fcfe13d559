import { describe, expect, test } from "vitest";
import { Fault } from "../kernel/fault.ts";
import { errorBody, registryError } from "./errors.ts";
import type { TargetKind } from "./routes.ts";

describe("faults as clients of /v2/ see them", () => {
  test.each<[string, TargetKind, number, string, number, string]>([
    ["InvalidParameterException", "manifest", 405, "UNSUPPORTED", 400, "MANIFEST_INVALID"],
    ["LayersNotFoundException", "manifest", 404, "BLOB_UPLOAD_UNKNOWN", 404, "MANIFEST_BLOB_UNKNOWN"],
    [
      "ReferencedImagesNotFoundException",
      "manifest",
      400,
      "MANIFEST_BLOB_UNKNOWN",
      404,
      "MANIFEST_BLOB_UNKNOWN",
    ],
    ["ImageReferencedByManifestList", "manifest", 400, "DENIED", 405, "UNSUPPORTED"],
    ["ExpiredTokenException", "blob", 403, "DENIED", 401, "UNAUTHORIZED"],
  ])("%s on %s is %i %s in ECR's dialect, %i %s in the specification's", (fault, kind, ...expected) => {
    const [ecrStatus, ecrCode, ociStatus, ociCode] = expected;
    const error = new Fault(fault, "text");
    expect(registryError(error, kind, "ecr")).toEqual({ status: ecrStatus, code: ecrCode, message: "text" });
    expect(registryError(error, kind, "oci")).toEqual({ status: ociStatus, code: ociCode, message: "text" });
  });

  test.each<[string, TargetKind | undefined, number, string, string]>([
    ["AccessDeniedException", "manifest", 403, "DENIED", "text"],
    ["AccessDenied", "blob", 403, "DENIED", "text"],
    ["DENIED", undefined, 403, "DENIED", "text"],
    ["RepositoryNotFoundException", "tags", 404, "NAME_UNKNOWN", "text"],
    ["ImageNotFoundException", "manifest", 404, "MANIFEST_UNKNOWN", "Requested image not found"],
    ["ImageTagAlreadyExistsException", "manifest", 400, "TAG_INVALID", "text"],
    ["ImageAlreadyExistsException", "manifest", 400, "TAG_INVALID", "text"],
    ["LayersNotFoundException", "blob", 404, "BLOB_UNKNOWN", "text"],
    ["InvalidParameterException", "upload", 400, "UNSUPPORTED", "text"],
    ["UploadNotFoundException", "upload", 404, "BLOB_UPLOAD_UNKNOWN", "text"],
    ["ThrottlingException", "blob", 429, "TOOMANYREQUESTS", "Rate exceeded"],
    ["DIGEST_INVALID", "upload", 400, "DIGEST_INVALID", "text"],
    ["RANGE_INVALID", "upload", 416, "RANGE_INVALID", "text"],
    ["SIZE_INVALID", "manifest", 413, "SIZE_INVALID", "text"],
    ["InternalFailure", "manifest", 500, "UNKNOWN", "unknown error"],
    ["SomeNewException", "manifest", 400, "UNSUPPORTED", "text"],
  ])("%s on %s is %i %s in both", (fault, kind, status, code, message) => {
    for (const dialect of ["ecr", "oci"] as const)
      expect(registryError(new Fault(fault, "text"), kind, dialect)).toEqual({ status, code, message });
  });

  test("what is no fault has no text for clients", () => {
    expect(registryError(new Error("secret"), "blob", "oci")).toBeUndefined();
    expect(registryError(new Fault("Odd", "secret", { status: 503 }), "blob", "oci")).toBeUndefined();
  });

  test("the body is ECR's, newline included", () => {
    expect(errorBody("DENIED", 'no "way"')).toBe('{"errors":[{"code":"DENIED","message":"no \\"way\\""}]}\n');
  });
});
