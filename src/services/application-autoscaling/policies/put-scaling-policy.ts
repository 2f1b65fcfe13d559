import { isDeepStrictEqual } from "node:util";
import type * as autoscaling from "@aws-sdk/client-application-auto-scaling";
import { StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { policyArn } from "../arn.ts";
import { limitExceeded, validation } from "../faults.ts";
import { onTarget, targetNamed } from "../named.ts";
import { needTarget } from "../targets/target.ts";
import { findPolicy, keepPolicy, type Policy, type PolicyRule, policiesOf } from "./policy.ts";
import { putAlarms } from "./policy-alarms.ts";
import { readRule } from "./read-rule.ts";
import { apiAlarms, trackingAlarms } from "./tracking-alarms.ts";

/** Policies of a target (User Guide, "Quotas for Application Auto Scaling"). */
const mostPolicies = 50;

/** Makes a policy, or changes one. The alarms of a target tracking policy are put first: without them it does nothing. */
export const putScalingPolicy: WriteOperation<typeof autoscaling, "PutScalingPolicy", Policy> = {
  name: "PutScalingPolicy",
  authorise: (input, ctx) => onTarget("PutScalingPolicy", input, ctx),
  async prepare(ctx, input) {
    const key = { ...targetNamed(input, ctx), name: input.PolicyName ?? "" };
    await needTarget(ctx.rows, key);
    const before = await findPolicy(ctx.rows, key);
    const rule = readRule(input, before?.rule);
    const others = (await policiesOf(ctx.rows, key)).filter(({ key: { name } }) => name !== key.name);
    checkAmong(rule, others);
    const id = before?.id ?? uuid(ctx.random);
    const alarms = rule.type === "StepScaling" ? [] : trackingAlarms(key, id, rule.tracking);
    await putAlarms(ctx, alarms);
    return {
      key,
      id,
      rule,
      createdAt: before?.createdAt ?? ctx.now,
      alarms: alarms.map(({ name, side }) => ({ name, side })),
    };
  },
  async commit(tx, ctx, _input, policy) {
    await needTarget(tx, policy.key);
    const have = await findPolicy(tx, policy.key);
    // Somebody else has made or removed it: its ARN, which its alarms have, is another.
    if (have === undefined ? policy.createdAt < ctx.now : have.id !== policy.id)
      throw new StalePreparation(`the policy ${policy.key.name} has changed`);
    await keepPolicy(tx, policy);
    return {
      PolicyARN: policyArn(policy.key, policy.id),
      Alarms: apiAlarms(
        policy.key,
        policy.alarms.map(({ name }) => name),
      ),
    };
  },
};

/** @throws Fault `LimitExceededException`; `ValidationException` when two policies would track one metric. */
function checkAmong(rule: PolicyRule, others: readonly Policy[]): void {
  if (others.length >= mostPolicies)
    throw limitExceeded(`A scalable target can have no more than ${mostPolicies} scaling policies.`);
  if (rule.type !== "TargetTrackingScaling") return;
  const tracks = ({ tracking }: typeof rule) => [
    tracking.PredefinedMetricSpecification,
    tracking.CustomizedMetricSpecification,
  ];
  if (
    others.some(
      (other) =>
        other.rule.type === "TargetTrackingScaling" &&
        isDeepStrictEqual(plain(tracks(other.rule)), plain(tracks(rule))),
    )
  )
    throw validation("Only one TargetTrackingScaling policy for a given metric specification is allowed.");
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
