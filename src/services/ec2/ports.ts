import type { CallSource } from "../../dispatch/context.ts";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import type { Rows, Sealer } from "../../store/types.ts";

/** An instance profile as EC2 needs it. */
export interface InstanceProfile {
  readonly arn: Arn;
  /** `AIPA…`. */
  readonly id: string;
  readonly name: string;
  /** The role in it, if there is one. */
  readonly roleArn?: Arn;
}

/** What EC2 needs of the rest of the house. The composition root hands it over. */
export interface Ec2Ports {
  readonly sealer: Sealer;
  /** Signs an instance identity document, for whoever knows the installation's key. */
  signIdentity(document: string): string;
  /** What the machine has that managed instances are slices of; `undefined` where nothing runs containers. */
  readonly machine: { capacity(): Promise<{ readonly memoryMiB: number } | undefined> };
  /** The instance profile of a name in an account. */
  instanceProfile(rows: Rows, account: AccountId, name: string): Promise<InstanceProfile | undefined>;
  /** The origin at which a caller can call again: `http://10.0.0.1:4566`. */
  addressOf(source: CallSource): string;
}
