import { invalidParameter } from "./faults.ts";

/** The account settings that have an effect here (API Reference, "PutAccountSetting"). */
export interface AccountSettings {
  /** V2: the registry policy governs every ECR action; V1: only those of replication and pull through cache. */
  readonly REGISTRY_POLICY_SCOPE: "V1" | "V2";
  /** Whether a push may link a layer of another repository instead of sending it. */
  readonly BLOB_MOUNTING: "ENABLED" | "DISABLED";
}

/** What a registry has until it is told otherwise. */
export const defaultSettings: AccountSettings = { REGISTRY_POLICY_SCOPE: "V2", BLOB_MOUNTING: "DISABLED" };

const values: { readonly [Name in keyof AccountSettings]: readonly AccountSettings[Name][] } = {
  REGISTRY_POLICY_SCOPE: ["V1", "V2"],
  BLOB_MOUNTING: ["ENABLED", "DISABLED"],
};

/** The setting of that name. Throws `InvalidParameterException`, also for BASIC_SCAN_TYPE_VERSION: there is one scanner. */
export function accountSetting(name: string): keyof AccountSettings {
  if (name === "REGISTRY_POLICY_SCOPE" || name === "BLOB_MOUNTING") return name;
  throw invalidParameter("name", `Member must satisfy enum value set: [${Object.keys(values).join(", ")}]`);
}

/** Throws `InvalidParameterException` for a value that the setting cannot have. */
export function checkAccountSetting(setting: keyof AccountSettings, value: string): void {
  const allowed: readonly string[] = values[setting];
  if (!allowed.includes(value)) {
    throw invalidParameter("value", `Member must satisfy enum value set: [${allowed.join(", ")}]`);
  }
}
