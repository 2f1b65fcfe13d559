import { setTimeout as delay } from "node:timers/promises";
import { type ContainerEngine, type EngineError, type EngineImage, isEngineError } from "../engine/port.ts";
import type { ContainerSpec, TaskSpec } from "../task.ts";
import { ContainerFailure, type ImageSource, type TaskResources } from "./ports.ts";

/** What a pull needs. */
export interface PullPorts {
  readonly engine: ContainerEngine;
  readonly resources: TaskResources;
}

/** An image that the engine has. */
export interface PulledImage {
  readonly imageId: string;
  /** Of the manifest; absent for an image that never was in a registry. */
  readonly imageDigest?: string;
}

/** AWS: the agent tries a pull up to five times, from 1.1 s to 5 s apart, doubling. */
const attempts = 5;
const firstWait = 1100;
const longestWait = 5000;

/**
 * Has the engine fetch a container's image. What was built on this machine and never came from a registry is used as it
 * is. Throws `ContainerFailure` with AWS's reason, and `TaskFailure` for what `registryLogin` could not get.
 */
export async function pullImage(
  { engine, resources }: PullPorts,
  task: TaskSpec,
  container: ContainerSpec,
  signal: AbortSignal,
): Promise<PulledImage> {
  const source = await resources.registryLogin(task, container);
  const reference = pinned(source.reference ?? container.definition.image, container.imageDigest);
  // What takes a login is pulled each time: who may not pull it must not run it from here.
  const local = source.login === undefined ? await engine.inspectImage(reference) : undefined;
  if (local !== undefined && digestOf(local, reference) === undefined) return { imageId: local.id };
  await pull(engine, task, reference, { source, local, signal });
  const image = await engine.inspectImage(reference);
  if (image === undefined) throw cannotPull(task, reference, "the engine does not have it after the pull", 1);
  await refuseOtherPlatform(engine, task, reference, image);
  return { imageId: image.id, imageDigest: container.imageDigest ?? digestOf(image, reference) };
}

interface PullContext {
  readonly source: ImageSource;
  /** What the engine has of it already. AWS: when the pull fails, that will do (`ECS_IMAGE_PULL_BEHAVIOR` default). */
  readonly local: EngineImage | undefined;
  readonly signal: AbortSignal;
}

async function pull(
  engine: ContainerEngine,
  task: TaskSpec,
  reference: string,
  { source, local, signal }: PullContext,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await engine.pull(reference, { login: source.login, signal });
    } catch (error) {
      if (!isEngineError(error) || error.kind === "unreachable" || signal.aborted) throw error;
      if (local !== undefined) return;
      if (attempt >= attempts || !isPassing(error)) {
        throw cannotPull(task, reference, error.message, attempt, error);
      }
    }
    await delay(Math.min(longestWait, firstWait * 2 ** (attempt - 1)), undefined, { signal });
  }
}

/** Whether another try may help: not when the registry answered that there is no such image, or not for us. */
const isPassing = (error: EngineError): boolean =>
  error.kind !== "not-found" &&
  error.kind !== "unauthorized" &&
  error.kind !== "bad-request" &&
  !/manifest unknown|not found|denied|unauthorized|no basic auth|no matching manifest|invalid reference|repository does not exist|name unknown/i.test(
    error.message,
  );

/** An image index is resolved by the engine; a single image for another machine would only fail later. */
async function refuseOtherPlatform(
  engine: ContainerEngine,
  task: TaskSpec,
  reference: string,
  image: EngineImage,
): Promise<void> {
  const { os, architecture } = await engine.version();
  if (image.architecture === architecture || image.architecture === "") return;
  const platform = `${os}/${architecture}`;
  throw cannotPull(
    task,
    reference,
    `image Manifest does not contain descriptor matching platform '${platform}'`,
    1,
  );
}

/**
 * AWS: on Fargate the words of its own puller (stopped tasks of the ECS troubleshooting pages), elsewhere the agent's
 * prefix before the engine's words.
 */
function cannotPull(
  task: TaskSpec,
  reference: string,
  cause: string,
  tries: number,
  error?: EngineError,
): ContainerFailure {
  const text =
    task.launchType === "FARGATE"
      ? `pull image manifest has been retried ${tries} time(s): failed to resolve ref ${reference}: ${cause}`
      : `Error response from daemon: ${cause}`;
  return new ContainerFailure(`CannotPullContainerError: ${text}`, error);
}

/** A reference with the digest that a deployment settled on: the name stays, the tag goes. */
export function pinned(reference: string, digest: string | undefined): string {
  return digest === undefined || reference.includes("@") ? reference : `${repositoryOf(reference)}@${digest}`;
}

/** The manifest digest under which the image came from the reference's repository; undefined when it did not. */
export function digestOf({ repoDigests }: EngineImage, reference: string): string | undefined {
  const name = familiar(repositoryOf(reference));
  const known = repoDigests.map((text) => text.split("@")).find(([from = ""]) => familiar(from) === name);
  return known?.[1];
}

function repositoryOf(reference: string): string {
  const [named = ""] = reference.split("@");
  const colon = named.lastIndexOf(":");
  return colon > named.lastIndexOf("/") ? named.slice(0, colon) : named;
}

/** Docker Hub's names without what goes without saying. */
const familiar = (repository: string): string =>
  repository.replace(/^docker\.io\//, "").replace(/^library\//, "");
