import type { Client } from "../../dispatch/context.ts";
import type { RepositoryKey } from "../../services/ecr/arn.ts";
import type { PullThroughRule } from "../../services/ecr/pull-through/rule.ts";
import type { Upstream } from "./upstream.ts";

/** A pull through cache rule at work for one repository: who stores, and who is asked. */
export interface Session {
  readonly rule: PullThroughRule;
  readonly repository: RepositoryKey;
  /** The repository's name at the upstream registry. */
  readonly upstreamRepository: string;
  readonly upstream: Upstream;
  /** Calls as AWSServiceRoleForECRPullThroughCache. */
  readonly role: Client;
}
