import { createHash } from "node:crypto";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { hour, minute } from "../../../kernel/duration.ts";
import { isFault } from "../../../kernel/fault.ts";
import { validationError } from "../faults.ts";
import { cloudFormationPrincipal } from "../principal.ts";
import { resourceTypes } from "../resource-types/all.ts";
import type { Attributes, Properties, Provision } from "../resource-types/resource-type.ts";
import type { Stack, StackResource } from "../stacks/stack.ts";
import { withDynamicReferences } from "./dynamic-references.ts";
import type { Step } from "./plan.ts";
import { sourceOf } from "./target.ts";
import { stepToken } from "./work-on-stack.ts";

/** How long something that was made may need to be ready. AWS: three hours for a service of ECS, the longest. */
const longestWait = 3 * hour;

/** How long something may still be held by what was removed before it; ours. */
const longestHold = 5 * minute;

export interface ProvisionInput {
  readonly stack: Stack;
  readonly resource: StackResource;
  readonly step: Exclude<Step["do"], "keep" | "fail" | "retain">;
}

export interface Provisioned {
  readonly physicalId?: string;
  readonly attributes?: Attributes;
  /** It is there, and not ready yet. */
  readonly waiting?: boolean;
}

/**
 * Does what a step says, as the caller of the stack (forwarded, `aws:CalledVia` cloudformation.amazonaws.com) or as its
 * role. It writes nothing of CloudFormation's own. Faults: those of the calls that it makes.
 */
export const provisionResource: InternalOperation<ProvisionInput, never, Provisioned> = {
  service: "cloudformation",
  name: "ProvisionResource",
  unrecorded: true,
  // Each call that it makes is authorised and recorded as the caller's own, or as the role's.
  authorise: () => [],
  async read(ctx, { stack, resource, step }) {
    const client =
      stack.roleArn === undefined
        ? ctx.forward(cloudFormationPrincipal)
        : ctx.as({
            servicePrincipal: cloudFormationPrincipal,
            account: stack.account,
            sessionName: "AWSCloudFormation",
            roleArn: stack.roleArn,
          });
    const type = resourceTypes.get(resource.type);
    if (type === undefined) throw validationError(`Unrecognized resource type: ${resource.type}`);
    const at: Provision = {
      client,
      stack: {
        ...{ id: stack.id, name: stack.name, account: stack.account, region: stack.region },
        tags:
          (sourceOf(stack) ?? stack.current)?.tags.map(({ key, value }) => ({ Key: key, Value: value })) ??
          [],
      },
      logicalId: resource.logicalId,
      token: stepToken(stack, resource),
      name: (longest) => physicalName(stack, resource, longest),
      again: step === "resume",
    };
    const before = resource.properties ?? {};
    const physicalId = resource.physicalId;
    if (step === "delete") {
      if (physicalId === undefined) return {};
      try {
        await type.remove(physicalId, before, at);
      } catch (error) {
        // What a service made for a resource that is gone (a load balancer's interfaces) goes soon after it.
        const soon = ctx.now - resource.updatedAt <= longestHold;
        if (soon && isFault(error, "DependencyViolation")) return { waiting: true };
        throw error;
      }
      return { waiting: !(await isGone(physicalId)) };
    }
    if (step === "settle") return settledNow(physicalId ?? "", before);
    const wanted = await withDynamicReferences(client, resource.changing ?? {});
    if (physicalId !== undefined) {
      const attributes = await type.update?.(physicalId, wanted, before, at);
      const settled = await settledNow(physicalId, wanted);
      return { attributes: { ...attributes, ...settled.attributes }, waiting: settled.waiting };
    }
    const made = await type.create(wanted, at);
    const settled = await settledNow(made.physicalId, wanted);
    return {
      physicalId: made.physicalId,
      attributes: { ...made.attributes, ...settled.attributes },
      waiting: settled.waiting,
    };

    async function isGone(id: string): Promise<boolean> {
      if (type?.gone === undefined || (await type.gone(id, before, at))) return true;
      return tooLong(false, "go away");
    }

    async function settledNow(id: string, properties: Properties): Promise<Provisioned> {
      if (type?.settled === undefined) return { waiting: false };
      const attributes = await type.settled(id, properties, at);
      if (attributes === undefined) tooLong(undefined, "stabilize");
      return { attributes, waiting: attributes === undefined };
    }

    /** Nothing waits for ever. */
    function tooLong<Value>(otherwise: Value, what: string): Value {
      if (ctx.now - resource.updatedAt <= longestWait) return otherwise;
      throw validationError(
        `Exceeded attempts to wait: ${resource.type} ${physicalId ?? ""} did not ${what}`,
      );
    }
  },
};

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** AWS: `<stack>-<logical id>-<random>`, shortened where it is too long. Of one resource always the same. */
function physicalName(stack: Stack, resource: StackResource, longest: number): string {
  const digest = createHash("sha256")
    .update(`${stack.id} ${resource.logicalId} ${stack.generation}`)
    .digest();
  const ending = [...digest.subarray(0, 12)].map((byte) => letters[byte % letters.length]).join("");
  const room = longest - ending.length - 2;
  const logical = resource.logicalId.slice(0, Math.ceil(room / 2));
  return `${stack.name.slice(0, room - logical.length)}-${logical}-${ending}`;
}
