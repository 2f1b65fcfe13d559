import type { ServiceEvent } from "../../../dispatch/service-event.ts";
import { type RepositoryKey, repositoryArn } from "../arn.ts";
import type { UpstreamFailureCode } from "./faults.ts";
import type { PullThroughRule } from "./rule.ts";

/** What came of caching an image. */
export interface PullThroughOutcome {
  readonly repository: RepositoryKey;
  readonly rule: Pick<PullThroughRule, "ecrRepositoryPrefix" | "upstreamRegistryUrl">;
  readonly tag: string | undefined;
  /** As far as it is known. */
  readonly digest: string | undefined;
  readonly failure?: { readonly code: UpstreamFailureCode | string; readonly reason: string };
  /** Epoch ms. */
  readonly now: number;
}

/** `ECR Pull Through Cache Action` (User Guide, "Amazon ECR events and EventBridge"). */
export function pullThroughEvent(outcome: PullThroughOutcome): ServiceEvent {
  const { repository, rule, tag, digest, failure, now } = outcome;
  return {
    source: "aws.ecr",
    detailType: "ECR Pull Through Cache Action",
    account: repository.account,
    region: repository.region,
    time: now,
    resources: [repositoryArn(repository)],
    detail: {
      "rule-version": "1",
      "sync-status": failure === undefined ? "SUCCESS" : "FAILED",
      "ecr-repository-prefix": rule.ecrRepositoryPrefix,
      "repository-name": repository.name,
      "upstream-registry-url": rule.upstreamRegistryUrl,
      ...(tag === undefined ? {} : { "image-tag": tag }),
      ...(digest === undefined ? {} : { "image-digest": digest }),
      ...(failure === undefined ? {} : { "failure-code": failure.code, "failure-reason": failure.reason }),
    },
  };
}
