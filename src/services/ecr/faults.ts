import { Fault } from "../../kernel/fault.ts";
import type { RepositoryKey } from "./arn.ts";
import type { RegistryScope } from "./ports.ts";

/**
 * Every error of ECR with AWS's words. Those marked (captured) were recorded from AWS; the others follow the style
 * of their neighbours, since AWS's own words are not published.
 */

const within = (repository: RepositoryKey): string =>
  `the repository with name '${repository.name}' in the registry with id '${repository.account}'`;

/** (captured) */
export function repositoryNotFound(repository: RepositoryKey): Fault {
  return new Fault(
    "RepositoryNotFoundException",
    `The repository with name '${repository.name}' does not exist in the registry with id '${repository.account}'`,
  );
}

/** (captured) */
export function repositoryAlreadyExists(repository: RepositoryKey): Fault {
  return new Fault(
    "RepositoryAlreadyExistsException",
    `The repository with name '${repository.name}' already exists in the registry with id '${repository.account}'`,
  );
}

/** (captured) */
export function repositoryNotEmpty(repository: RepositoryKey): Fault {
  return new Fault(
    "RepositoryNotEmptyException",
    `The repository with name '${repository.name}' in registry with id '${repository.account}' cannot be deleted because it still contains images`,
  );
}

/** (captured) */
export function repositoryPolicyNotFound(repository: RepositoryKey): Fault {
  return new Fault(
    "RepositoryPolicyNotFoundException",
    `Repository policy does not exist for ${within(repository)}`,
  );
}

export function registryPolicyNotFound(registry: RegistryScope): Fault {
  return new Fault(
    "RegistryPolicyNotFoundException",
    `Registry policy does not exist in the registry with id '${registry.account}'`,
  );
}

/** An image as a request names it. */
export interface ImageName {
  readonly imageDigest?: string | undefined;
  readonly imageTag?: string | undefined;
}

export function imageNotFound(repository: RepositoryKey, image: ImageName): Fault {
  const id = `{imageDigest:'${image.imageDigest ?? "null"}', imageTag:'${image.imageTag ?? "null"}'}`;
  return new Fault(
    "ImageNotFoundException",
    `The image with imageId ${id} does not exist within ${within(repository)}`,
  );
}

/** (captured) */
export function imageAlreadyExists(
  repository: RepositoryKey,
  digest: string,
  tag: string | undefined,
): Fault {
  return new Fault(
    "ImageAlreadyExistsException",
    `Image with digest '${digest}' and tag '${tag ?? "null"}' already exists in the repository with name '${repository.name}' in registry with id '${repository.account}'`,
  );
}

/** (captured) */
export function imageTagAlreadyExists(repository: RepositoryKey, tag: string): Fault {
  return new Fault(
    "ImageTagAlreadyExistsException",
    `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
  );
}

/** (captured) */
export function imageDigestDoesNotMatch(repository: RepositoryKey, digest: string): Fault {
  return new Fault(
    "ImageDigestDoesNotMatchException",
    `The image with digest '${digest}' in repository '${repository.name}' and registry ID '${repository.account}' does not match the image digest that Amazon ECR has calculated.`,
  );
}

/** (captured) */
export function layersNotFound(repository: RepositoryKey, digests: readonly string[]): Fault {
  return new Fault(
    "LayersNotFoundException",
    `Layers with digests '[${digests.join(",")}]' required for pushing image into repository with name '${repository.name}' in the registry with id '${repository.account}' do not exist`,
  );
}

export function referencedImagesNotFound(repository: RepositoryKey, digests: readonly string[]): Fault {
  return new Fault(
    "ReferencedImagesNotFoundException",
    `Images with digests '[${digests.join(",")}]' required for pushing image into repository with name '${repository.name}' in the registry with id '${repository.account}' do not exist`,
  );
}

/** Quoted in github.com/monken/aws-ecr-public, issue 11. */
export function layerNotFound(repository: RepositoryKey, digest: string): Fault {
  return new Fault(
    "LayersNotFoundException",
    `The layer with digest '${digest}' does not exist within ${within(repository)}`,
  );
}

/** API Reference, "GetDownloadUrlForLayer", LayerInaccessibleException. */
export function layerInaccessible(): Fault {
  return new Fault(
    "LayerInaccessibleException",
    "The specified layer is not available because it is not associated with an image. Unassociated image layers may be cleaned up at any time.",
  );
}

export function layerAlreadyExists(repository: RepositoryKey, digest: string): Fault {
  return new Fault(
    "LayerAlreadyExistsException",
    `The layer with digest '${digest}' already exists in ${within(repository)}`,
  );
}

/** Quoted in github.com/devcontainers/cli, issue 814. */
export function emptyUpload(repository: RepositoryKey, uploadId: string): Fault {
  return new Fault(
    "EmptyUploadException",
    `The upload with id '${uploadId}' in the repository with name '${repository.name}' in registry with id '${repository.account}' cannot be completed because it does not have any parts`,
  );
}

export function uploadNotFound(repository: RepositoryKey, uploadId: string): Fault {
  return new Fault(
    "UploadNotFoundException",
    `The upload with id '${uploadId}' does not exist in ${within(repository)}`,
  );
}

/** @param at the parameter as AWS spells it in the text, which is not always as in the model. */
export function invalidParameter(at: string, constraint: string): Fault {
  return new Fault(
    "InvalidParameterException",
    `Invalid parameter at '${at}' failed to satisfy constraint: '${constraint}'`,
  );
}

export function invalidToken(): Fault {
  return invalidParameter("nextToken", "Invalid token");
}

/**
 * A service quota would be exceeded. API Reference, `LimitExceededException`; which quota it is, is told in our words.
 * @param quota a sentence.
 */
export function limitExceeded(quota: string): Fault {
  return new Fault(
    "LimitExceededException",
    `The operation did not succeed because it would have exceeded a service limit for your account. ${quota}`,
  );
}
