import type * as ecs from "@aws-sdk/client-ecs";
import type { Fault } from "../../../kernel/fault.ts";
import { invalidParameter, unsupported } from "../faults.ts";

/** An account setting as ECS knows it. */
export interface KnownSetting {
  /** What holds until somebody sets it (Developer Guide, "Access Amazon ECS features with account settings"). */
  readonly standard: string;
  /** All values that can be set. */
  readonly values: readonly string[];
  /** Set for the whole account, whoever sets it. */
  readonly wholeAccount?: boolean;
  /** Set by AWS itself: `aws_managed`. */
  readonly managed?: boolean;
  /** Values that AWS has and Roadstead cannot do, and why: ours. */
  readonly undone?: Readonly<Record<string, string>>;
}

const onlyLong: KnownSetting = { standard: "enabled", values: ["enabled"] };

/** Every setting, in the order in which AWS lists them: by name. */
export const knownSettings: Readonly<Record<ecs.SettingName, KnownSetting>> = {
  awsvpcTrunking: { standard: "disabled", values: ["enabled", "disabled"] },
  containerInsights: { standard: "disabled", values: ["enabled", "disabled", "enhanced"] },
  // AWS: everybody has long ARNs since 2020; nobody can go back.
  containerInstanceLongArnFormat: onlyLong,
  defaultLogDriverMode: {
    standard: "non-blocking",
    values: ["blocking", "non-blocking"],
    wholeAccount: true,
  },
  fargateEventWindows: { standard: "disabled", values: ["enabled", "disabled"], wholeAccount: true },
  fargateFIPSMode: {
    standard: "disabled",
    values: ["disabled"],
    wholeAccount: true,
    undone: { enabled: "the cryptography of the machine's containers is not FIPS 140 validated" },
  },
  fargateTaskRetirementWaitPeriod: { standard: "7", values: ["0", "7", "14"], wholeAccount: true },
  guardDutyActivate: { standard: "off", values: [], managed: true },
  serviceLongArnFormat: onlyLong,
  tagResourceAuthorization: { standard: "on", values: ["on", "off"], wholeAccount: true },
  taskLongArnFormat: onlyLong,
};

/** Refuses a value that a setting cannot have. Throws `InvalidParameterException`, `UnsupportedFeatureException`. */
export function checkSetting(name: ecs.SettingName, value: string): void {
  const fault = faultOf(name, value);
  if (fault !== undefined) throw fault;
}

/** The texts are ours. */
function faultOf(name: ecs.SettingName, value: string): Fault | undefined {
  const { values, managed, undone } = knownSettings[name];
  if (managed === true) return invalidParameter(`The account setting ${name} is managed by AWS.`);
  if (values.includes(value)) return undefined;
  const why = undone?.[value];
  if (why !== undefined) return unsupported(`The account setting ${name} can not be ${value}: ${why}.`);
  return invalidParameter(`${name} should be one of [${values.join(",")}]`);
}
