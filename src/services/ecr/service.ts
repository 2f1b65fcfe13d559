import * as ecr from "@aws-sdk/client-ecr";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { templateRoleOwner } from "./creation-templates/role-owner.ts";
import { batchCheckLayerAvailability } from "./operations/batch-check-layer-availability.ts";
import { batchDeleteImage } from "./operations/batch-delete-image.ts";
import { batchGetImage } from "./operations/batch-get-image.ts";
import { batchGetRepositoryScanningConfiguration } from "./operations/batch-get-repository-scanning-configuration.ts";
import { completeLayerUpload } from "./operations/complete-layer-upload.ts";
import { createPullThroughCacheRule } from "./operations/create-pull-through-cache-rule.ts";
import { createRepository } from "./operations/create-repository.ts";
import { createRepositoryCreationTemplate } from "./operations/create-repository-creation-template.ts";
import { deleteLifecyclePolicy } from "./operations/delete-lifecycle-policy.ts";
import { deletePullThroughCacheRule } from "./operations/delete-pull-through-cache-rule.ts";
import { deleteRegistryPolicy } from "./operations/delete-registry-policy.ts";
import { deleteRepository } from "./operations/delete-repository.ts";
import { deleteRepositoryCreationTemplate } from "./operations/delete-repository-creation-template.ts";
import { deleteRepositoryPolicy } from "./operations/delete-repository-policy.ts";
import { deleteSigningConfiguration } from "./operations/delete-signing-configuration.ts";
import { deregisterPullTimeUpdateExclusion } from "./operations/deregister-pull-time-update-exclusion.ts";
import { describeImageReplicationStatus } from "./operations/describe-image-replication-status.ts";
import { describeImageScanFindings } from "./operations/describe-image-scan-findings.ts";
import { describeImageSigningStatus } from "./operations/describe-image-signing-status.ts";
import { describeImages } from "./operations/describe-images.ts";
import { describePullThroughCacheRules } from "./operations/describe-pull-through-cache-rules.ts";
import { describeRegistry } from "./operations/describe-registry.ts";
import { describeReplicationBackfillResults } from "./operations/describe-replication-backfill-results.ts";
import { describeRepositories } from "./operations/describe-repositories.ts";
import { describeRepositoryCreationTemplates } from "./operations/describe-repository-creation-templates.ts";
import { getAccountSetting } from "./operations/get-account-setting.ts";
import { getAuthorizationToken } from "./operations/get-authorization-token.ts";
import { getDownloadUrlForLayer } from "./operations/get-download-url-for-layer.ts";
import { getLifecyclePolicy } from "./operations/get-lifecycle-policy.ts";
import { getLifecyclePolicyPreview } from "./operations/get-lifecycle-policy-preview.ts";
import { getRegistryPolicy } from "./operations/get-registry-policy.ts";
import { getRegistryScanningConfiguration } from "./operations/get-registry-scanning-configuration.ts";
import { getRepositoryPolicy } from "./operations/get-repository-policy.ts";
import { getSigningConfiguration } from "./operations/get-signing-configuration.ts";
import { initiateLayerUpload } from "./operations/initiate-layer-upload.ts";
import { listImageReferrers } from "./operations/list-image-referrers.ts";
import { listImages } from "./operations/list-images.ts";
import { listPullTimeUpdateExclusions } from "./operations/list-pull-time-update-exclusions.ts";
import { listReplicationBackfills } from "./operations/list-replication-backfills.ts";
import { listTagsForResource } from "./operations/list-tags-for-resource.ts";
import { putAccountSetting } from "./operations/put-account-setting.ts";
import { putImage } from "./operations/put-image.ts";
import { putImageScanningConfiguration } from "./operations/put-image-scanning-configuration.ts";
import { putImageTagMutability } from "./operations/put-image-tag-mutability.ts";
import { putLifecyclePolicy } from "./operations/put-lifecycle-policy.ts";
import { putRegistryPolicy } from "./operations/put-registry-policy.ts";
import { putRegistryScanningConfiguration } from "./operations/put-registry-scanning-configuration.ts";
import { putReplicationConfiguration } from "./operations/put-replication-configuration.ts";
import { putSigningConfiguration } from "./operations/put-signing-configuration.ts";
import { registerPullTimeUpdateExclusion } from "./operations/register-pull-time-update-exclusion.ts";
import { setRepositoryPolicy } from "./operations/set-repository-policy.ts";
import { startImageScan } from "./operations/start-image-scan.ts";
import { startLifecyclePolicyPreview } from "./operations/start-lifecycle-policy-preview.ts";
import { startReplicationBackfill } from "./operations/start-replication-backfill.ts";
import { stopReplicationBackfill } from "./operations/stop-replication-backfill.ts";
import { tagResource } from "./operations/tag-resource.ts";
import { untagResource } from "./operations/untag-resource.ts";
import { updateImageStorageClass } from "./operations/update-image-storage-class.ts";
import { updatePullThroughCacheRule } from "./operations/update-pull-through-cache-rule.ts";
import { updateRepositoryCreationTemplate } from "./operations/update-repository-creation-template.ts";
import { uploadLayerPart } from "./operations/upload-layer-part.ts";
import { validatePullThroughCacheRule } from "./operations/validate-pull-through-cache-rule.ts";
import type { EcrPorts } from "./ports.ts";
import { pullThroughRoleOwner } from "./pull-through/role-owner.ts";
import { replicationRoleOwner } from "./replication/role-owner.ts";
import { repositoryFacts } from "./repositories/resource-facts.ts";

/** Amazon ECR: private registries, one for each account in each region. */
export function createEcrService(ports: EcrPorts): Service {
  return {
    signingName: "ecr",
    eventSource: "ecr.amazonaws.com",
    module: ecr,
    operations: Object.fromEntries(operations(ports).map((operation) => [operation.name, operation])),
    unserved: {
      "ecr-public":
        "a gallery for everybody is Amazon's to run. A pull through cache rule for public.ecr.aws brings its images here.",
    },
    resource: repositoryFacts,
    roleOwners: [replicationRoleOwner(ports), pullThroughRoleOwner, templateRoleOwner],
  };
}

function operations(ports: EcrPorts): readonly AnyOperation[] {
  return [
    batchCheckLayerAvailability,
    batchDeleteImage,
    batchGetImage(ports),
    batchGetRepositoryScanningConfiguration,
    completeLayerUpload(ports),
    createPullThroughCacheRule(ports),
    createRepository(ports),
    createRepositoryCreationTemplate(ports),
    deletePullThroughCacheRule,
    deleteRegistryPolicy(ports),
    deleteRepositoryPolicy(ports),
    deleteRepository(ports),
    deleteRepositoryCreationTemplate,
    describeImageReplicationStatus,
    describeImages,
    describePullThroughCacheRules,
    describeRegistry,
    describeReplicationBackfillResults,
    describeRepositories(ports),
    describeRepositoryCreationTemplates,
    getAccountSetting,
    getAuthorizationToken(ports),
    getDownloadUrlForLayer(ports),
    getRegistryPolicy(ports),
    getRepositoryPolicy(ports),
    initiateLayerUpload(ports),
    listImageReferrers(ports),
    listImages,
    listReplicationBackfills,
    listTagsForResource,
    putAccountSetting,
    putImageScanningConfiguration,
    putImageTagMutability,
    putImage(ports),
    putRegistryPolicy(ports),
    putReplicationConfiguration,
    setRepositoryPolicy(ports),
    startReplicationBackfill,
    stopReplicationBackfill,
    tagResource,
    untagResource,
    updateRepositoryCreationTemplate(ports),
    deleteLifecyclePolicy,
    getLifecyclePolicy,
    getLifecyclePolicyPreview,
    putLifecyclePolicy,
    startLifecyclePolicyPreview,
    updateImageStorageClass,
    registerPullTimeUpdateExclusion,
    deregisterPullTimeUpdateExclusion,
    listPullTimeUpdateExclusions,
    updatePullThroughCacheRule,
    uploadLayerPart(ports),
    validatePullThroughCacheRule(ports),
    startImageScan,
    describeImageScanFindings,
    putSigningConfiguration,
    putRegistryScanningConfiguration,
    getSigningConfiguration,
    getRegistryScanningConfiguration,
    describeImageSigningStatus,
    deleteSigningConfiguration,
  ];
}
