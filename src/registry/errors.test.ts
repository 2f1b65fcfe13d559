import { describe, expect, test } from "vitest";
import { Fault } from "../kernel/fault.ts";
import { errorBody, registryError } from "./errors.ts";
import type { TargetKind } from "./routes.ts";

describe("faults as clients of /v2/ see them", () => {
  test.each<[string, TargetKind | undefined, number, string, string]>([
    ["AccessDeniedException", "manifest", 403, "DENIED", "text"],
    ["AccessDenied", "blob", 403, "DENIED", "text"],
    ["DENIED", undefined, 403, "DENIED", "text"],
    ["RepositoryNotFoundException", "tags", 404, "NAME_UNKNOWN", "text"],
    ["ImageNotFoundException", "manifest", 404, "MANIFEST_UNKNOWN", "Requested image not found"],
    ["ImageTagAlreadyExistsException", "manifest", 400, "TAG_INVALID", "text"],
    ["ImageAlreadyExistsException", "manifest", 400, "TAG_INVALID", "text"],
    ["LayersNotFoundException", "manifest", 404, "BLOB_UPLOAD_UNKNOWN", "text"],
    ["LayersNotFoundException", "blob", 404, "BLOB_UNKNOWN", "text"],
    ["InvalidParameterException", "manifest", 400, "MANIFEST_INVALID", "text"],
    ["InvalidParameterException", "upload", 400, "UNSUPPORTED", "text"],
    ["UploadNotFoundException", "upload", 404, "BLOB_UPLOAD_UNKNOWN", "text"],
    ["ThrottlingException", "blob", 429, "TOOMANYREQUESTS", "Rate exceeded"],
    ["DIGEST_INVALID", "upload", 400, "DIGEST_INVALID", "text"],
    ["RANGE_INVALID", "upload", 416, "RANGE_INVALID", "text"],
    ["SIZE_INVALID", "manifest", 413, "SIZE_INVALID", "text"],
    ["InternalFailure", "manifest", 500, "UNKNOWN", "unknown error"],
    ["SomeNewException", "manifest", 400, "UNSUPPORTED", "text"],
  ])("%s on %s is %i %s", (fault, kind, status, code, message) => {
    expect(registryError(new Fault(fault, "text"), kind)).toEqual({ status, code, message });
  });

  test("what is no fault has no text for clients", () => {
    expect(registryError(new Error("secret"), "blob")).toBeUndefined();
    expect(registryError(new Fault("Odd", "secret", { status: 503 }), "blob")).toBeUndefined();
  });

  test("the body is ECR's, newline included", () => {
    expect(errorBody("DENIED", 'no "way"')).toBe('{"errors":[{"code":"DENIED","message":"no \\"way\\""}]}\n');
  });
});
