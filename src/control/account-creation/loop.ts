import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
} from "@aws-sdk/client-iam";
import type { Client, SdkCommand } from "../../dispatch/context.ts";
import type { InternalOperation } from "../../dispatch/operation.ts";
import { rootArn } from "../../kernel/arn.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import { isFault } from "../../kernel/fault.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

const organizationsPrincipal = "organizations.amazonaws.com";
const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";

/** Accounts furnished at once. */
const concurrency = 2;

/** An account that could not be furnished this often is given up. */
const mostAttempts = 5;

/** What is asked of a new account: the payload of its job. */
interface NewAccount {
  readonly management: AccountId;
  readonly newAccount: AccountId;
  readonly roleName: string;
}

export interface AccountCreationPorts extends LoopPorts {
  /** The queue on which Organizations puts the accounts that are to be made. */
  readonly accountCreationQueue: string;
  /** Organizations' own step: makes the account a member and finishes the job in the same transaction. */
  readonly concludeAccountCreation: InternalOperation<
    { readonly job: Job; readonly furnished: boolean },
    unknown,
    boolean
  >;
  /** Calls as the root of an account whose credentials nobody holds yet, on behalf of Organizations. */
  clientOfRoot(account: AccountId, region: Region): Client;
}

/** Finishes what CreateAccount began: the new account gets its roles and then becomes a member. */
export function startAccountCreationLoop(ports: AccountCreationPorts): JobLoop {
  return startJobLoop(ports, {
    queue: ports.accountCreationQueue,
    concurrency,
    work: async (job) => {
      const { newAccount, ...roles } = job.payload as NewAccount;
      const organizations = ports.clientOf(organizationsPrincipal, job.account, job.region);
      const conclude = (furnished: boolean) =>
        organizations.invoke(ports.concludeAccountCreation, { job, furnished });
      if (job.attempt > mostAttempts) {
        await conclude(false);
        return;
      }
      await furnish(ports.clientOfRoot(newAccount, job.region), roles);
      await conclude(true);
    },
  });
}

/**
 * The roles that AWS gives an account made by CreateAccount (recorded on 2026-09-11): the one through which the
 * management account gets in, and Organizations' own. A step that was done before is passed over.
 */
async function furnish(
  root: Client,
  { management, roleName: RoleName }: Omit<NewAccount, "newAccount">,
): Promise<void> {
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: rootArn(management) }, Action: "sts:AssumeRole" }],
  };
  await once(
    root,
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }),
    "EntityAlreadyExists",
  );
  await root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: administrator }));
  // AWS: a service-linked role whose name is taken is an invalid input.
  await once(
    root,
    new CreateServiceLinkedRoleCommand({ AWSServiceName: organizationsPrincipal }),
    "InvalidInput",
  );
}

async function once<Input extends object, Output>(
  client: Client,
  command: SdkCommand<Input, Output>,
  doneBefore: string,
): Promise<void> {
  try {
    await client.send(command);
  } catch (error) {
    if (!isFault(error, doneBefore)) throw error;
  }
}
