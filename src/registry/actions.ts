import type { EcrDataPlane } from "../services/ecr/data-plane.ts";
import type { TargetKind } from "./routes.ts";

/** What one request on `/v2/` asks of ECR, and the permissions that decide it. */
export interface ActionRow {
  readonly method: string;
  readonly kind: TargetKind;
  /** What tells requests of one method and path apart. */
  readonly when?: string;
  readonly operation: keyof EcrDataPlane;
  /** On the repository of the path. */
  readonly actions: readonly string[];
  /** On the repository of the `from` parameter. */
  readonly sourceActions?: readonly string[];
}

/**
 * Every request on `/v2/` and the ECR actions that IAM decides it by ("IAM permissions for pushing an image",
 * "Logging Amazon ECR actions with AWS CloudTrail", "Blob mounting", ECR User Guide). A request that is answered in two
 * steps has a row for each. Nothing is served without one: a test holds the rows against the routes, and against what
 * the operations ask.
 */
export const registryActions: readonly ActionRow[] = [
  { method: "GET", kind: "manifest", operation: "getManifest", actions: ["ecr:BatchGetImage"] },
  { method: "HEAD", kind: "manifest", operation: "getManifest", actions: ["ecr:BatchGetImage"] },
  { method: "PUT", kind: "manifest", operation: "putManifest", actions: ["ecr:PutImage"] },
  { method: "DELETE", kind: "manifest", operation: "deleteManifest", actions: ["ecr:BatchDeleteImage"] },
  { method: "HEAD", kind: "blob", operation: "statBlob", actions: ["ecr:BatchCheckLayerAvailability"] },
  { method: "GET", kind: "blob", operation: "openBlob", actions: ["ecr:GetDownloadUrlForLayer"] },
  {
    method: "DELETE",
    kind: "blob",
    when: "the registry has the dialect oci",
    operation: "deleteBlob",
    actions: ["ecr:BatchDeleteImage"],
  },
  { method: "POST", kind: "uploads", operation: "beginUpload", actions: ["ecr:InitiateLayerUpload"] },
  {
    method: "POST",
    kind: "uploads",
    when: "digest: the whole layer in the body",
    operation: "uploadBlob",
    actions: ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"],
  },
  {
    method: "POST",
    kind: "uploads",
    when: "mount and from: a repository of the same registry; beginUpload follows where nothing can be mounted",
    operation: "mountBlob",
    actions: ["ecr:InitiateLayerUpload"],
    sourceActions: ["ecr:GetDownloadUrlForLayer"],
  },
  { method: "PATCH", kind: "upload", operation: "appendUpload", actions: ["ecr:UploadLayerPart"] },
  {
    method: "PUT",
    kind: "upload",
    operation: "finishUpload",
    actions: ["ecr:UploadLayerPart", "ecr:CompleteLayerUpload"],
  },
  { method: "GET", kind: "upload", operation: "uploadStatus", actions: ["ecr:UploadLayerPart"] },
  { method: "DELETE", kind: "upload", operation: "cancelUpload", actions: ["ecr:UploadLayerPart"] },
  { method: "GET", kind: "tags", operation: "listTags", actions: ["ecr:ListImages"] },
  { method: "HEAD", kind: "tags", operation: "listTags", actions: ["ecr:ListImages"] },
  { method: "GET", kind: "referrers", operation: "listReferrers", actions: ["ecr:BatchGetImage"] },
  { method: "HEAD", kind: "referrers", operation: "listReferrers", actions: ["ecr:BatchGetImage"] },
];
