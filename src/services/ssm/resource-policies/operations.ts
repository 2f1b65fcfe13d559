import { createHash } from "node:crypto";
import { validatePolicy } from "../../../authz/parse/validate.ts";
import type { CallContext } from "../../../dispatch/context.ts";
import type { AnyOperation, ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import {
  keepPrincipals,
  type PrincipalRegister,
  showPrincipals,
} from "../../../dispatch/policy-principals.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import { cutPage, pageAfter } from "../../../kernel/page.ts";
import type { Rows } from "../../../store/types.ts";
import type { Ssm } from "../contract.ts";
import { badNextToken } from "../faults.ts";
import { namesOf } from "../parameters/name.ts";
import { findParameter, newestVersion, type Parameter } from "../parameters/parameter.ts";
import { removeResourcePolicies, resourcePoliciesOf, writeResourcePolicy } from "./resource-policies.ts";

/** What resource policies need of the rest of the house. */
export interface ResourcePolicyPorts {
  /** Users and roles by unique id, for the policies that name them. */
  readonly principals: PrincipalRegister;
}

/** (ours) How many policies one parameter has: AWS RAM makes one for each share. */
const mostPolicies = 20;
const longestPolicy = 20_480;
const usualPage = 50;

/** The parameter that an ARN names, in the caller's account. Faults as AWS models them; the texts are ours. */
async function parameterOfArn(rows: Rows, ctx: CallContext, arn: string): Promise<Parameter> {
  const names = namesOf(arn);
  if (names.length === 0) {
    throw new Fault(
      "ResourcePolicyInvalidParameterException",
      `ResourceArn is not the ARN of a parameter: ${arn.slice(0, 256)}`,
      { members: { ParameterNames: ["ResourceArn"] } },
    );
  }
  for (const key of names) {
    const own = key.account === ctx.account && key.region === ctx.region;
    const found = own ? await findParameter(rows, key, ctx.now) : undefined;
    if (found !== undefined) return found;
  }
  throw new Fault("ResourceNotFoundException", "The specified parameter to be shared could not be found.");
}

function conflict(): Fault {
  return new Fault(
    "ResourcePolicyConflictException",
    "The hash provided in the call doesn't match the stored hash. This exception is thrown when trying to update an obsolete policy version or when multiple requests to update a policy are sent.",
  );
}

function policyNotFound(): Fault {
  return new Fault(
    "ResourcePolicyNotFoundException",
    "No policies with the specified policy ID and hash could be found.",
  );
}

/** A policy as it is kept. Throws `MalformedResourcePolicyDocumentException`. */
async function keptPolicy(rows: Rows, principals: PrincipalRegister, text: string): Promise<string> {
  const wrong = validatePolicy(text, "resource");
  const [problem = "The policy document is malformed or invalid."] = wrong;
  if (text.length > longestPolicy || wrong.length > 0) {
    throw new Fault("MalformedResourcePolicyDocumentException", problem);
  }
  const kept = await keepPrincipals(rows, principals, text);
  if ("document" in kept) return kept.document;
  throw new Fault("MalformedResourcePolicyDocumentException", `Invalid principal in policy: ${kept.invalid}`);
}

const onParameter = (action: string) => (input: { readonly ResourceArn: string }) => [
  { action, resource: input.ResourceArn },
];

/**
 * Parameters that other accounts may read: their resource policies ("Working with shared parameters in Parameter
 * Store", User Guide). Only advanced parameters can be shared.
 */
export function resourcePolicyOperations({ principals }: ResourcePolicyPorts): readonly AnyOperation[] {
  const putResourcePolicy: WriteOperation<Ssm, "PutResourcePolicy", string> = {
    name: "PutResourcePolicy",
    authorise: onParameter("ssm:PutResourcePolicy"),
    prepare: async (ctx) => uuid(ctx.random),
    async commit(tx, ctx, { ResourceArn, Policy, PolicyId, PolicyHash }, fresh) {
      const { account, region, name, ...parameter } = await parameterOfArn(tx, ctx, ResourceArn);
      const { document: said } = await newestVersion(tx, { account, region, name, ...parameter });
      if (said.tier !== "Advanced") {
        throw new Fault(
          "ResourcePolicyInvalidParameterException",
          "Only parameters of the advanced tier can be shared.",
          { members: { ParameterNames: ["ResourceArn"] } },
        );
      }
      const have = await resourcePoliciesOf(tx, { account, region, name });
      const before = have.find(({ id }) => id === PolicyId);
      if (PolicyId !== undefined && before === undefined) throw policyNotFound();
      if (before !== undefined && before.hash !== PolicyHash) throw conflict();
      if (before === undefined && have.length >= mostPolicies) {
        throw new Fault(
          "ResourcePolicyLimitExceededException",
          `A parameter has at most ${mostPolicies} resource policies.`,
          { members: { Limit: mostPolicies, LimitType: "ResourcePolicies" } },
        );
      }
      const document = await keptPolicy(tx, principals, Policy);
      const id = before?.id ?? fresh;
      const hash = createHash("sha256").update(`${id} ${document}`).digest("hex");
      await writeResourcePolicy(tx, { account, region, name, id, hash, document });
      await tx.bumpEpoch(account);
      return { PolicyId: id, PolicyHash: hash };
    },
  };

  const getResourcePolicies: ReadOperation<Ssm, "GetResourcePolicies"> = {
    name: "GetResourcePolicies",
    authorise: onParameter("ssm:GetResourcePolicies"),
    async read(ctx, { ResourceArn, MaxResults = usualPage, NextToken: token }) {
      const parameter = await parameterOfArn(ctx.rows, ctx, ResourceArn);
      const request = pageAfter(token, MaxResults, badNextToken);
      const have = await resourcePoliciesOf(ctx.rows, parameter);
      const { rows: page, next: NextToken } = cutPage(
        have.filter(({ id }) => id > request.after).slice(0, request.limit + 1),
        request.limit,
        ({ id }) => [id],
      );
      const shown = await showPrincipals(
        ctx.rows,
        principals,
        page.map(({ document }) => document),
      );
      const Policies = page.map((row, i) => ({
        PolicyId: row.id,
        PolicyHash: row.hash,
        Policy: shown[i],
      }));
      return { Policies, NextToken };
    },
  };

  const deleteResourcePolicy: WriteOperation<Ssm, "DeleteResourcePolicy"> = {
    name: "DeleteResourcePolicy",
    authorise: onParameter("ssm:DeleteResourcePolicy"),
    async commit(tx, ctx, { ResourceArn, PolicyId, PolicyHash }) {
      const parameter = await parameterOfArn(tx, ctx, ResourceArn);
      const policy = (await resourcePoliciesOf(tx, parameter)).find(({ id }) => id === PolicyId);
      if (policy === undefined) throw policyNotFound();
      if (policy.hash !== PolicyHash) throw conflict();
      await removeResourcePolicies(tx, parameter, PolicyId);
      await tx.bumpEpoch(parameter.account);
      return {};
    },
  };

  return [deleteResourcePolicy, getResourcePolicies, putResourcePolicy];
}
