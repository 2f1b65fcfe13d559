import type * as ecs from "@aws-sdk/client-ecs";
import { minute } from "../../../kernel/duration.ts";
import { invalidParameter, unsupported } from "../faults.ts";
import type { EarlySuccess, PauseHook } from "./schedule.ts";

/** A service's deployment configuration with every default filled in, as it is answered. */
export interface DeploymentConfiguration extends ecs.DeploymentConfiguration {
  readonly deploymentCircuitBreaker: Required<ecs.DeploymentCircuitBreaker> & {
    readonly thresholdConfiguration: { readonly type: ecs.ThresholdType; readonly value: number };
  };
  readonly maximumPercent: number;
  readonly minimumHealthyPercent: number;
  readonly strategy: ecs.DeploymentStrategy;
  readonly bakeTimeInMinutes: number;
  readonly linearConfiguration?: Required<ecs.LinearConfiguration>;
  readonly canaryConfiguration?: Required<ecs.CanaryConfiguration>;
}

/** API Reference, "DeploymentConfiguration" and "LinearConfiguration": a day. */
const longestBake = 1440;

/** Alarms of a service. Ours. */
const mostAlarms = 20;

/** API Reference, "DeploymentLifecycleHookTimeoutConfiguration": a day. */
const hookTimeout = 1440;
const longestHookTimeout = 20_160;

/** What decides which values are allowed. */
interface Kind {
  readonly schedulingStrategy: ecs.SchedulingStrategy;
  readonly controller: ecs.DeploymentControllerType;
}

/**
 * A deployment configuration as it shall be: what is given, else what was there, else AWS's defaults (captured).
 * Throws `InvalidParameterException` and, for what needs functions,
 * `UnsupportedFeatureException`.
 */
export function readDeploymentConfiguration(
  given: ecs.DeploymentConfiguration | undefined,
  kind: Kind,
  before?: DeploymentConfiguration,
): DeploymentConfiguration {
  const daemon = kind.schedulingStrategy === "DAEMON";
  const strategy = given?.strategy ?? before?.strategy ?? "ROLLING";
  const configuration: DeploymentConfiguration = {
    deploymentCircuitBreaker: readCircuitBreaker(
      given?.deploymentCircuitBreaker,
      before?.deploymentCircuitBreaker,
    ),
    maximumPercent: given?.maximumPercent ?? before?.maximumPercent ?? (daemon ? 100 : 200),
    minimumHealthyPercent:
      given?.minimumHealthyPercent ?? before?.minimumHealthyPercent ?? (daemon ? 0 : 100),
    ...optional("alarms", given?.alarms ?? before?.alarms),
    strategy,
    bakeTimeInMinutes: given?.bakeTimeInMinutes ?? before?.bakeTimeInMinutes ?? 0,
    ...readSteps(strategy, given, before),
    ...optional("lifecycleHooks", given?.lifecycleHooks ?? before?.lifecycleHooks),
    ...optional("earlySuccessCriteria", given?.earlySuccessCriteria ?? before?.earlySuccessCriteria),
  };
  checkPercents(configuration);
  checkStrategy(configuration, given, kind);
  checkHooks(configuration);
  checkEarlySuccess(configuration);
  checkAlarms(configuration, kind);
  return configuration;
}

function optional<K extends string, V>(name: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in K]: V });
}

function readCircuitBreaker(
  given: ecs.DeploymentCircuitBreaker | undefined,
  before: DeploymentConfiguration["deploymentCircuitBreaker"] | undefined,
): DeploymentConfiguration["deploymentCircuitBreaker"] {
  const { type = "BOUNDED_PERCENT", value = 50 } =
    given?.thresholdConfiguration ?? before?.thresholdConfiguration ?? {};
  const most = type === "COUNT" ? Number.MAX_SAFE_INTEGER : 100;
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw invalidParameter("Invalid deployment circuit breaker threshold value.");
  }
  return {
    enable: given?.enable ?? before?.enable ?? false,
    rollback: given?.rollback ?? before?.rollback ?? false,
    resetOnHealthyTask: given?.resetOnHealthyTask ?? before?.resetOnHealthyTask ?? true,
    thresholdConfiguration: { type, value },
  };
}

/** The first two sentences are captured, the fourth is AWS's as users have met it, the third is ours. */
function checkPercents({ maximumPercent, minimumHealthyPercent }: DeploymentConfiguration): void {
  if (maximumPercent < 100) throw invalidParameter("maximumPercent must be at least 100");
  if (minimumHealthyPercent > 100) throw invalidParameter("minimumHealthyPercent must be at most 100");
  if (minimumHealthyPercent < 0) throw invalidParameter("minimumHealthyPercent must be at least 0");
  if (maximumPercent === 100 && minimumHealthyPercent === 100) {
    throw invalidParameter(
      "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    );
  }
}

/** API Reference, "LinearConfiguration", "CanaryConfiguration": how a strategy shifts traffic, with its defaults. */
function readSteps(
  strategy: ecs.DeploymentStrategy,
  given: ecs.DeploymentConfiguration | undefined,
  before: DeploymentConfiguration | undefined,
): Pick<DeploymentConfiguration, "linearConfiguration" | "canaryConfiguration"> {
  if (strategy === "LINEAR") {
    const { stepPercent = 10, stepBakeTimeInMinutes = 6 } =
      given?.linearConfiguration ?? before?.linearConfiguration ?? {};
    checkPercent("linearConfiguration.stepPercent", stepPercent, 3);
    checkStepBake("linearConfiguration.stepBakeTimeInMinutes", stepBakeTimeInMinutes);
    return { linearConfiguration: { stepPercent, stepBakeTimeInMinutes } };
  }
  if (strategy !== "CANARY") return {};
  const { canaryPercent = 5, canaryBakeTimeInMinutes = 10 } =
    given?.canaryConfiguration ?? before?.canaryConfiguration ?? {};
  checkPercent("canaryConfiguration.canaryPercent", canaryPercent, 0.1);
  checkStepBake("canaryConfiguration.canaryBakeTimeInMinutes", canaryBakeTimeInMinutes);
  return { canaryConfiguration: { canaryPercent, canaryBakeTimeInMinutes } };
}

/** The sentences are ours. */
function checkPercent(member: string, percent: number, least: number): void {
  const tenths = percent * 10;
  if (percent >= least && percent <= 100 && Math.abs(tenths - Math.round(tenths)) < 1e-6) return;
  throw invalidParameter(`${member} must be a multiple of 0.1 between ${least} and 100`);
}

function checkStepBake(member: string, minutes: number): void {
  if (Number.isInteger(minutes) && minutes >= 0 && minutes <= longestBake) return;
  throw invalidParameter(`${member} must be between 0 and ${longestBake}`);
}

/** The sentences are ours. */
function checkStrategy(
  { strategy, bakeTimeInMinutes, deploymentCircuitBreaker }: DeploymentConfiguration,
  given: ecs.DeploymentConfiguration | undefined,
  { schedulingStrategy, controller }: Kind,
): void {
  for (const [member, of] of [
    ["linearConfiguration", "LINEAR"],
    ["canaryConfiguration", "CANARY"],
  ] as const) {
    if (given?.[member] !== undefined && strategy !== of) {
      throw invalidParameter(`${member} is not valid for the ${strategy} deployment strategy.`);
    }
  }
  if (strategy !== "ROLLING" && (schedulingStrategy !== "REPLICA" || controller !== "ECS")) {
    throw invalidParameter(
      `The ${strategy} deployment strategy needs the REPLICA scheduling strategy and the ECS deployment controller.`,
    );
  }
  if (deploymentCircuitBreaker.enable && controller !== "ECS") {
    throw invalidParameter("The deployment circuit breaker needs the ECS deployment controller.");
  }
  if (!Number.isInteger(bakeTimeInMinutes) || bakeTimeInMinutes < 0 || bakeTimeInMinutes > longestBake) {
    throw invalidParameter(`bakeTimeInMinutes must be between 0 and ${longestBake}`);
  }
}

/** API Reference, "DeploymentAlarms"; the sentences are ours. */
function checkAlarms({ alarms }: DeploymentConfiguration, { controller }: Kind): void {
  if (alarms?.enable !== true) return;
  const { alarmNames: names = [] } = alarms;
  if (controller !== "ECS") throw invalidParameter("Deployment alarms need the ECS deployment controller.");
  if (names.length === 0 || names.length > mostAlarms || names.some((name) => name === ""))
    throw invalidParameter(`alarms.alarmNames must have 1 to ${mostAlarms} names`);
}

/** The sentences are ours. */
function checkHooks({ lifecycleHooks = [], strategy }: DeploymentConfiguration): void {
  if (lifecycleHooks.length > 0 && strategy === "ROLLING") {
    throw unsupported(
      "Roadstead has lifecycle hooks for the BLUE_GREEN, LINEAR and CANARY deployment strategies only.",
    );
  }
  for (const { targetType = "AWS_LAMBDA", lifecycleStages = [], timeoutConfiguration } of lifecycleHooks) {
    if (targetType !== "PAUSE") {
      throw unsupported("Roadstead has no AWS Lambda: lifecycle hooks can be of target type PAUSE only.");
    }
    if (lifecycleStages.length === 0) throw invalidParameter("lifecycleStages can not be empty.");
    const { timeoutInMinutes = hookTimeout } = timeoutConfiguration ?? {};
    if (
      !Number.isInteger(timeoutInMinutes) ||
      timeoutInMinutes < 1 ||
      timeoutInMinutes > longestHookTimeout
    ) {
      throw invalidParameter(`timeoutInMinutes must be between 1 and ${longestHookTimeout}`);
    }
  }
}

/** API Reference, "DeploymentEarlySuccessCriteria"; the sentences are ours. */
function checkEarlySuccess({ earlySuccessCriteria, ...configuration }: DeploymentConfiguration): void {
  if (earlySuccessCriteria?.enable !== true) return;
  const { healthyPercent, sourceServiceRevisionCleanup } = earlySuccessCriteria;
  if (healthyPercent === undefined || sourceServiceRevisionCleanup === undefined) {
    throw invalidParameter("earlySuccessCriteria needs healthyPercent and sourceServiceRevisionCleanup.");
  }
  const least = configuration.minimumHealthyPercent;
  if (!Number.isInteger(healthyPercent) || healthyPercent < least || healthyPercent > 100) {
    throw invalidParameter("healthyPercent must be between minimumHealthyPercent and 100");
  }
}

/** The hooks of a configuration, as the scheduler has them. */
export function pauseHooks({ lifecycleHooks = [] }: DeploymentConfiguration): readonly PauseHook[] {
  return lifecycleHooks.map(({ lifecycleStages = [], timeoutConfiguration }) => ({
    stages: lifecycleStages,
    timeoutMs: (timeoutConfiguration?.timeoutInMinutes ?? hookTimeout) * minute,
    timeoutAction: timeoutConfiguration?.action ?? "ROLLBACK",
  }));
}

/** The early success criteria of a configuration, when they are enabled. */
export function earlySuccessOf({ earlySuccessCriteria }: DeploymentConfiguration): EarlySuccess | undefined {
  if (earlySuccessCriteria?.enable !== true) return undefined;
  const { healthyPercent = 100, sourceServiceRevisionCleanup = "BLOCKING" } = earlySuccessCriteria;
  return { healthyPercent, cleanup: sourceServiceRevisionCleanup };
}
