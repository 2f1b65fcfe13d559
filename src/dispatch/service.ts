import type { AccountId, Region } from "../kernel/brand.ts";
import type { Tag } from "../kernel/tags.ts";
import type { Rows } from "../store/types.ts";
import type { AnyOperation } from "./operation.ts";

/** A service as the dispatcher knows it: one object, made by `create…Service(ports)` in `services/<name>/service.ts`. */
export interface Service {
  /** SigV4 scope name: `ecr`. */
  readonly signingName: string;
  /** The service part of its ARNs and the prefix of its actions, where that is another name: `cloudwatch`. */
  readonly arnName?: string;
  /** `ecr.amazonaws.com`. */
  readonly eventSource: string;
  /** The SDK client module: `import * as ecr from "@aws-sdk/client-ecr"`. */
  readonly module: object;
  /** Wire operations by name. What the contract has and this has not is answered as not implemented. */
  readonly operations: Readonly<Record<string, AnyOperation>>;
  /**
   * Operations that have no meaning here, and why: the end of the sentence "Roadstead does not serve <operation>: …".
   * They are answered with `NotImplemented` and that sentence, and listed in docs/coverage.md.
   */
  readonly refused?: Readonly<Record<string, string>>;
  /**
   * Signing names of services that belong to this one and are not served, and why: the end of the sentence "Roadstead
   * does not serve the service '<name>': …".
   */
  readonly unserved?: Readonly<Record<string, string>>;
  /** `module` names only what is served: what it does not name is missing here, or no operation at all. */
  readonly partial?: boolean;
  /** Resources live in the account, not in a region (IAM, STS). */
  readonly global?: boolean;
  /** Every committed change may change a decision: the dispatcher bumps the caller's account epoch with it. */
  readonly decidesAccess?: boolean;
  /** What policies need to know of a resource of this service. Cached until the owner account's epoch changes. */
  resource?(rows: Rows, arn: string, action: string): Promise<ResourceFacts>;
  /** The service-linked roles this service uses. */
  readonly roleOwners?: readonly RoleOwner[];
}

/** A policy document with the name an explanation shows. */
export interface PolicyText {
  readonly name: string;
  /** JSON. */
  readonly document: string;
}

/** What a resource contributes to a decision about it. */
export interface ResourceFacts {
  readonly policies: readonly PolicyText[];
  /** `trust` for a role's trust policy (sts:AssumeRole), `key` for a KMS key's policy and grants: they must allow. */
  readonly kind?: "resource" | "trust" | "key";
  /** `aws:ResourceTag/…` and `<service>:ResourceTag/…`. */
  readonly tags?: readonly Tag[];
}

/** A service's side of a service-linked role: who uses the role, and where. */
export interface RoleOwner {
  readonly servicePrincipal: string;
  /** Everything in the account, in any region, for which the role is needed. Runs inside the deletion's transaction. */
  usage(rows: Rows, account: AccountId): Promise<readonly RoleUsage[]>;
  /** Operations (`ecr:PutReplicationConfiguration`) that create the role when it is missing. */
  readonly createdBy: readonly string[];
}

export interface RoleUsage {
  readonly region: Region;
  /** ARNs. */
  readonly resources: readonly string[];
}
