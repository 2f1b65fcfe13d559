import type { Digest } from "../kernel/brand.ts";
import { Fault } from "../kernel/fault.ts";

/** The faults of blobs, with the codes of the OCI distribution specification, "Error Codes". */

export function blobUnknown(digest: Digest): Fault {
  return new Fault("BLOB_UNKNOWN", "blob unknown to registry", { status: 404, members: { digest } });
}

export function uploadUnknown(id: string): Fault {
  return new Fault("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", {
    status: 404,
    members: { id },
  });
}

export function digestInvalid(expected: Digest, actual: Digest): Fault {
  return new Fault("DIGEST_INVALID", "provided digest did not match uploaded content", {
    status: 400,
    members: { expected, actual },
  });
}

/** `received`: how many bytes the upload has, which is the offset that the next must begin at. */
export function rangeInvalid(received: number): Fault {
  return new Fault("RANGE_INVALID", "invalid content range", { status: 416, members: { received } });
}

/** A second request for an upload that is receiving or ending: its end is not known yet, so no offset is right. */
export function uploadBusy(received: number): Fault {
  return new Fault("RANGE_INVALID", "the upload is in use by another request", {
    status: 416,
    members: { received },
  });
}
