import { invalidParameter } from "./faults.ts";

/** The account settings that have an effect here (API Reference, "PutAccountSetting"). */
export interface AccountSettings {
  /** V2: the registry policy governs every ECR action; V1: only those of replication and pull through cache. */
  readonly REGISTRY_POLICY_SCOPE: "V1" | "V2";
  /** Whether a push may link a layer of another repository instead of sending it. */
  readonly BLOB_MOUNTING: "ENABLED" | "DISABLED";
  /** Which of AWS's two scanners is meant. There is one here, whatever it says. */
  readonly BASIC_SCAN_TYPE_VERSION: "AWS_NATIVE" | "CLAIR";
}

/** What a registry has until it is told otherwise. */
export const defaultSettings: AccountSettings = {
  REGISTRY_POLICY_SCOPE: "V2",
  BLOB_MOUNTING: "DISABLED",
  BASIC_SCAN_TYPE_VERSION: "AWS_NATIVE",
};

const values: { readonly [Name in keyof AccountSettings]: readonly AccountSettings[Name][] } = {
  REGISTRY_POLICY_SCOPE: ["V1", "V2"],
  BLOB_MOUNTING: ["ENABLED", "DISABLED"],
  BASIC_SCAN_TYPE_VERSION: ["AWS_NATIVE", "CLAIR"],
};

/** The setting of that name. Throws `InvalidParameterException`. */
export function accountSetting(name: string): keyof AccountSettings {
  if (isSetting(name)) return name;
  throw invalidParameter("name", `Member must satisfy enum value set: [${Object.keys(values).join(", ")}]`);
}

function isSetting(name: string): name is keyof AccountSettings {
  return Object.hasOwn(values, name);
}

/** Throws `InvalidParameterException` for a value that the setting cannot have. */
export function checkAccountSetting(setting: keyof AccountSettings, value: string): void {
  const allowed: readonly string[] = values[setting];
  if (!allowed.includes(value)) {
    throw invalidParameter("value", `Member must satisfy enum value set: [${allowed.join(", ")}]`);
  }
}
