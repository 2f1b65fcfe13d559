import type { Arn } from "../../kernel/brand.ts";

/** What a list shows of an AWS managed policy. */
export interface ManagedPolicySummary {
  readonly arn: Arn;
  readonly name: string;
  readonly path: string;
  /** `ANPA…`. */
  readonly id: string;
  /** `v12`: the only version there is here. */
  readonly defaultVersion: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly attachable: boolean;
}

/** An AWS managed policy with its document. */
export interface ManagedPolicy extends ManagedPolicySummary {
  /** JSON. */
  readonly document: string;
}

/** The policies that AWS makes and keeps: the same in every account. */
export interface ManagedPolicyCatalogue {
  get(arn: string): ManagedPolicy | undefined;
  /** In the order of their names. */
  list(): Iterable<ManagedPolicySummary>;
}
