import { describe, expect, test } from "vitest";
import { createMemoryEngine } from "../engine/memory/memory-engine.ts";
import type { ContainerEngine } from "../engine/port.ts";
import { EngineError } from "../engine/port.ts";
import { testContainer, testTask } from "../task.testing.ts";
import { digestOf, pinned, pullImage } from "./image-pull.ts";
import type { ImageSource } from "./ports.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("references", () => {
  test.each([
    ["app", undefined, "app"],
    ["app:v1", digest, `app@${digest}`],
    ["host:5000/app", digest, `host:5000/app@${digest}`],
    ["host:5000/app:v1", digest, `host:5000/app@${digest}`],
    [`app@${digest}`, "sha256:other", `app@${digest}`],
  ])("%s with %s is %s", (reference, settled, expected) => {
    expect(pinned(reference, settled)).toBe(expected);
  });

  test.each([
    ["busybox:1", [`busybox@${digest}`], digest],
    ["docker.io/library/busybox", [`busybox@${digest}`], digest],
    ["host:5000/app:v1", [`other/app@sha256:0`, `host:5000/app@${digest}`], digest],
    ["app:v1", [`host:5000/app@${digest}`], undefined],
    ["app:v1", [], undefined],
  ])("the digest of %s among %j", (reference, repoDigests, expected) => {
    const image = { id: "sha256:1", repoDigests, os: "linux", architecture: "amd64", size: 1 };
    expect(digestOf(image, reference)).toBe(expected);
  });
});

/** An engine that has one image, and whose pulls fail. */
function engineWith(repoDigests: readonly string[] | undefined, failure: EngineError): ContainerEngine {
  const engine = createMemoryEngine({ now: () => 0 });
  return Object.assign(engine, {
    pull: () => Promise.reject(failure),
    inspectImage: async () =>
      repoDigests === undefined
        ? undefined
        : { id: "sha256:1", repoDigests, os: "linux", architecture: "amd64", size: 1 },
  });
}

describe("where an image comes from", () => {
  const offline = new EngineError("server", "dial tcp: lookup registry: no such host");
  const denied = new EngineError("server", "pull access denied");
  const login = { username: "AWS", password: "p", serverAddress: "host:5000" };
  const run = (engine: ContainerEngine, source: ImageSource = {}) => {
    const container = testContainer({ image: "host:5000/app:v1" });
    const none = async () => ({});
    const resources = { registryLogin: async () => source, secretValues: none, environmentFile: none };
    return pullImage({ engine, resources }, testTask(), container, new AbortController().signal);
  };

  test("what was built here and never pushed there is used as it is", async () => {
    await expect(run(engineWith([`elsewhere/app@${digest}`], denied))).resolves.toEqual({
      imageId: "sha256:1",
    });
  });

  test.each([offline, denied])("what is here is used when the pull fails: %s", async (failure) => {
    await expect(run(engineWith([`host:5000/app@${digest}`], failure))).resolves.toEqual({
      imageId: "sha256:1",
      imageDigest: digest,
    });
  });

  test("what is not here and refused is told in AWS's words", async () => {
    await expect(run(engineWith(undefined, denied))).rejects.toThrow(
      "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref host:5000/app:v1: pull access denied",
    );
  });

  test("what takes a login is not used unless the login is good", async () => {
    await expect(run(engineWith([], denied), { login })).rejects.toThrow("CannotPullContainerError");
  });
});
