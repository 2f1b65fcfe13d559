import { setTimeout as delay } from "node:timers/promises";
import type { CallSource, Client } from "../../dispatch/context.ts";
import type { Region } from "../../kernel/brand.ts";
import { isFault } from "../../kernel/fault.ts";
import type { Principal } from "../../kernel/principal.ts";
import type { Step } from "../../services/cloudformation/execution/plan.ts";
import {
  type Provisioned,
  type ProvisionInput,
  provisionResource,
} from "../../services/cloudformation/execution/provision.ts";
import { stackQueue } from "../../services/cloudformation/execution/stack-job.ts";
import {
  beginStep,
  endStackJob,
  inspectStackWork,
  settlePhase,
  settleStep,
} from "../../services/cloudformation/execution/work-on-stack.ts";
import { cloudFormationPrincipal } from "../../services/cloudformation/principal.ts";
import type { Stack } from "../../services/cloudformation/stacks/stack.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";

/** Stacks worked on at once. */
const concurrency = 4;
/** Resources of one stack worked on at once. */
const sideBySide = 8;
/** Between two looks at what is not ready yet, in milliseconds. */
const patience = 500;

export interface StackLoopPorts extends LoopPorts {
  /** Calls as whoever asked for the stack's operation. */
  clientFor(principal: Principal, region: Region, source: CallSource): Client;
}

/** Makes, changes and removes the resources of stacks, a few at a time, until each stack has come to an end. */
export function startStackLoop(ports: StackLoopPorts): JobLoop {
  return startJobLoop(ports, {
    queue: stackQueue,
    concurrency,
    work: (job, signal) => workOn(ports, job, signal),
  });
}

async function workOn(ports: StackLoopPorts, job: Job, signal: AbortSignal): Promise<void> {
  const books = ports.clientOf(cloudFormationPrincipal, job.account, job.region);
  const endJob = endStackJob(ports);
  const endPhase = settlePhase(ports);
  while (!signal.aborted) {
    const work = await books.invoke(inspectStackWork, { job });
    if (work === undefined) {
      await books.invoke(endJob, { job });
      return;
    }
    const { stack, next } = work;
    if (!("steps" in next)) {
      if (await books.invoke(endPhase, { job, stack, ending: next })) return;
      continue;
    }
    const ready = await eachOf(next.steps, (step) => take(ports, books, stack, step));
    if (!ready.includes(true)) await delay(patience, undefined, { signal });
  }
}

/** Takes one step. @returns whether something came of it. */
async function take(ports: StackLoopPorts, books: Client, stack: Stack, step: Step): Promise<boolean> {
  const resource = await books.invoke(beginStep, { stack, step });
  if (resource === undefined) return false;
  // What could not be resolved, stays as it was or is left alone is a matter of CloudFormation's own books.
  if (step.do === "fail") return true;
  if (step.do === "keep" || step.do === "retain") {
    return books.invoke(settleStep, { stack, resource, did: step.do });
  }
  const outcome = await provision(ports, { stack, resource, step: step.do });
  if (outcome.waiting === true && (step.do === "settle" || step.do === "delete")) return false;
  await books.invoke(settleStep, { stack, resource, did: step.do, ...outcome });
  return outcome.waiting !== true;
}

/** What came of a step: a fault is the end of the resource, anything else is tried again with the job. */
async function provision(
  ports: StackLoopPorts,
  input: ProvisionInput,
): Promise<Provisioned & { readonly failure?: string }> {
  const { principal, source } = input.stack.caller;
  try {
    return await ports.clientFor(principal, input.stack.region, source).invoke(provisionResource, input);
  } catch (error) {
    if (!isFault(error)) throw error;
    return {
      failure: `Resource handler returned message: "${error.message}" (HandlerErrorCode: ${error.code})`,
    };
  }
}

/** Does it for each, a bounded number at once. */
async function eachOf<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += sideBySide) {
    results.push(...(await Promise.all(items.slice(at, at + sideBySide).map(work))));
  }
  return results;
}
