import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { invalid, unsupported } from "../faults.ts";
import { describeKey, type KeyDocument } from "../key.ts";
import { insertKey } from "../key-creation.ts";
import { defaultKeyPolicy, keptKeyPolicy } from "../key-policy.ts";
import { type SpecFacts, specFacts } from "../key-spec.ts";
import { makeMaterial } from "../material.ts";
import { callerKeys } from "../on-key.ts";
import type { KmsPorts } from "../ports.ts";
import { readTags, requestedTags, tagContext } from "../tags.ts";

type Input = Parameters<WriteOperation<typeof kms, "CreateKey">["commit"]>[2];

interface Prepared {
  readonly keyId: string;
  readonly material: Buffer;
}

/** Makes a key in the caller's account and region, whose policy passes on to the account unless one is given. */
export const createKey = ({
  sealer,
  principals,
}: KmsPorts): WriteOperation<typeof kms, "CreateKey", Prepared> => ({
  name: "CreateKey",
  authorise: (input, ctx) => [
    {
      action: "kms:CreateKey",
      resource: "*",
      context: {
        ...callerKeys(ctx),
        "kms:BypassPolicyLockoutSafetyCheck": String(input.BypassPolicyLockoutSafetyCheck ?? false),
        "kms:KeyOrigin": input.Origin ?? "AWS_KMS",
        "kms:KeySpec": specOf(input),
        "kms:KeyUsage": input.KeyUsage ?? "ENCRYPT_DECRYPT",
        "kms:MultiRegion": String(input.MultiRegion ?? false),
        ...tagContext(requestedTags(input.Tags)),
      },
    },
  ],
  async prepare(ctx, input) {
    const { facts } = readSpec(input);
    return { keyId: uuid(ctx.random), material: await makeMaterial(facts, ctx) };
  },
  async commit(tx, ctx, input, { keyId, material }) {
    const ref = { account: ctx.account, region: ctx.region, keyId };
    const bypass = input.BypassPolicyLockoutSafetyCheck ?? false;
    const given = input.Policy ?? defaultKeyPolicy(ctx.account);
    const policy = await keptKeyPolicy(tx, principals, given, ref, bypass, ctx);
    const document: KeyDocument = {
      description: input.Description ?? "",
      spec: specOf(input),
      usage: readSpec(input).usage,
      manager: "CUSTOMER",
      tags: readTags([], input.Tags ?? []),
    };
    const key = await insertKey(tx, sealer, ref, { document, policy, material }, ctx.now);
    return { KeyMetadata: describeKey(key) };
  },
});

function specOf(input: Input): kms.KeySpec {
  return input.KeySpec ?? input.CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT";
}

/** Throws `ValidationException`, and `UnsupportedOperationException` (ours) for keys that are not made here. */
function readSpec(input: Input): { readonly facts: SpecFacts; readonly usage: kms.KeyUsageType } {
  const spec = specOf(input);
  const facts = specFacts(spec);
  if (facts === undefined) throw unsupported(`Keys of the spec ${spec} are not made here.`);
  if (input.MultiRegion === true) throw unsupported("Multi-Region keys are not made here.");
  const origin = input.Origin ?? "AWS_KMS";
  const elsewhere = input.CustomKeyStoreId !== undefined || input.XksKeyId !== undefined;
  if (origin !== "AWS_KMS" || elsewhere) {
    throw unsupported("Key material is made by KMS here: neither imported nor kept in a custom key store.");
  }
  // AWS: only the symmetric spec has a usage by itself, and so have those that know one alone.
  if (input.KeyUsage === undefined && facts.kind !== "symmetric") {
    throw invalid("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
  }
  const usage = input.KeyUsage ?? "ENCRYPT_DECRYPT";
  if (!facts.usages.includes(usage)) {
    throw invalid(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  }
  return { facts, usage };
}
