import * as blobs from "./data-plane/blobs.ts";
import * as manifests from "./data-plane/manifests.ts";
import * as replication from "./data-plane/replication.ts";
import * as uploads from "./data-plane/uploads.ts";
import type { EcrDataPlane } from "./data-plane.ts";
import type { EcrPorts } from "./ports.ts";

/** Makes the operations of the data plane. Once per process: operations are told apart by identity. */
export function createDataPlane(ports: EcrPorts): EcrDataPlane {
  return {
    openBlob: blobs.openBlob,
    statBlob: blobs.statBlob,
    getManifest: manifests.getManifest(ports),
    putManifest: manifests.putManifest,
    deleteManifest: manifests.deleteManifest,
    beginUpload: uploads.beginUpload(ports),
    appendUpload: uploads.appendUpload(ports),
    uploadStatus: uploads.uploadStatus(ports),
    finishUpload: uploads.finishUpload(ports),
    cancelUpload: uploads.cancelUpload(ports),
    uploadBlob: blobs.uploadBlob(ports),
    mountBlob: blobs.mountBlob,
    listTags: manifests.listTags,
    listReferrers: manifests.listReferrers,
    replicateImage: replication.replicateImage(ports),
    settleReplication: replication.settleReplication(ports),
  };
}
