import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sourceImageGone } from "../../services/ecr/replication/job.ts";
import {
  type Attempt,
  accessDenied,
  attemptLimit,
  type Happened,
  keyUnusable,
  nextStep,
  retriesExhausted,
  type Step,
  siteLinkRefused,
  siteUntrusted,
} from "./plan.ts";

const first: Attempt = { number: 1, created: false };
const created: Attempt = { number: 1, created: true };
const last: Attempt = { number: attemptLimit, created: false };
const failure = (code: string) => ({ code, message: "m" });
const notReplicated = (code: string): Happened => ({ event: "not-replicated", failure: failure(code) });
const notCreated = (code: string): Happened => ({ event: "not-created", failure: failure(code) });
const failed = (failureCode: string, code: string): Step => ({
  do: "settle",
  outcome: { status: "FAILED", failureCode, error: `${code}: m` },
});
const retry = (code: string): Step => ({ do: "retry", error: `${code}: m` });

describe("the next step of a replication", () => {
  test.each<[string, Attempt, Happened, Step]>([
    ["begins with the image", first, { event: "taken" }, { do: "replicate" }],
    [
      "is over when it arrived",
      first,
      { event: "replicated" },
      { do: "settle", outcome: { status: "COMPLETE" } },
    ],
    [
      "makes the repository",
      first,
      notReplicated("RepositoryNotFoundException"),
      { do: "create-repository" },
    ],
    ["sends the image again then", created, { event: "created" }, { do: "replicate" }],
    [
      "also if another was faster",
      created,
      notCreated("RepositoryAlreadyExistsException"),
      { do: "replicate" },
    ],
    [
      "does not make it twice",
      created,
      notReplicated("RepositoryNotFoundException"),
      retry("RepositoryNotFoundException"),
    ],
    ["ends at a refusal", first, notReplicated("AccessDenied"), failed(accessDenied, "AccessDenied")],
    [
      "ends at a modelled refusal",
      first,
      notReplicated("AccessDeniedException"),
      failed(accessDenied, "AccessDeniedException"),
    ],
    [
      "ends when no repository may be made",
      created,
      notCreated("AccessDenied"),
      failed(accessDenied, "AccessDenied"),
    ],
    ["ends without its role", first, notReplicated("NoSuchEntity"), failed(accessDenied, "NoSuchEntity")],
    [
      "ends without its image",
      first,
      notReplicated("ImageNotFoundException"),
      failed(sourceImageGone, "ImageNotFoundException"),
    ],
    ["ends with an unusable key", created, notCreated("KmsException"), failed(keyUnusable, "KmsException")],
    [
      "ends at a link that is refused",
      first,
      notReplicated("SiteLinkRefused"),
      failed(siteLinkRefused, "SiteLinkRefused"),
    ],
    [
      "ends at a site that nobody vouches for",
      first,
      notReplicated("SiteCertificateUntrusted"),
      failed(siteUntrusted, "SiteCertificateUntrusted"),
    ],
    ["waits out a site that is away", first, notReplicated("SiteUnreachable"), retry("SiteUnreachable")],
    ["waits out what may pass", first, notReplicated("InternalFailure"), retry("InternalFailure")],
    [
      "waits out a full registry",
      created,
      notCreated("LimitExceededException"),
      retry("LimitExceededException"),
    ],
    [
      "gives up in the end",
      last,
      notReplicated("InternalFailure"),
      failed(retriesExhausted, "InternalFailure"),
    ],
    [
      "gives up on the repository too",
      last,
      notCreated("ThrottlingException"),
      failed(retriesExhausted, "ThrottlingException"),
    ],
    [
      "still makes the repository at the last attempt",
      last,
      notReplicated("RepositoryNotFoundException"),
      { do: "create-repository" },
    ],
  ])("%s", (_, attempt, happened, expected) => {
    expect(nextStep(attempt, happened)).toEqual(expected);
  });
});

describe("whatever the destination answers", () => {
  const codes = [
    undefined,
    "RepositoryNotFoundException",
    "RepositoryAlreadyExistsException",
    "AccessDenied",
    "ImageNotFoundException",
    "InternalFailure",
    "ThrottlingException",
    "LimitExceededException",
  ];
  const answers = fc.infiniteStream(fc.constantFrom(...codes));

  test("a replication is settled within its attempts, each of a bounded number of calls", () => {
    fc.assert(
      fc.property(answers, (stream) => {
        for (let number = 1; number <= attemptLimit; number++) {
          let attempt: Attempt = { number, created: false };
          let step = nextStep(attempt, { event: "taken" });
          const calls = { replicate: 0, "create-repository": 0 };
          let replicated = false;
          while (step.do === "replicate" || step.do === "create-repository") {
            calls[step.do]++;
            const code: string | undefined = stream.next().value;
            let happened: Happened;
            if (step.do === "create-repository") {
              attempt = { ...attempt, created: true };
              happened = code === undefined ? { event: "created" } : notCreated(code);
            } else {
              replicated ||= code === undefined;
              happened = code === undefined ? { event: "replicated" } : notReplicated(code);
            }
            step = nextStep(attempt, happened);
          }
          expect(calls["create-repository"]).toBeLessThanOrEqual(1);
          expect(calls.replicate).toBeLessThanOrEqual(2);
          if (step.do === "settle") {
            expect(step.outcome.status === "COMPLETE").toBe(replicated);
            return;
          }
        }
        expect.unreachable("not settled by the last attempt");
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
