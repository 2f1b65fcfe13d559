import { invalidContainer } from "./invalid-container.ts";
import type { RegisteredContainer } from "./task-definition.ts";

/** API Reference, "HealthCheck": seconds, and a count. */
const ranges = {
  interval: [5, 300],
  timeout: [2, 60],
  retries: [1, 10],
  startPeriod: [0, 300],
} as const;

/** Refuses a health check outside of its ranges. Throws `ClientException`. */
export function checkHealthCheck({ name, healthCheck }: RegisteredContainer): void {
  if (healthCheck === undefined) return;
  const [kind, ...command] = healthCheck.command ?? [];
  const known = kind === "CMD" || kind === "CMD-SHELL" || kind === "NONE";
  if (!known || (kind !== "NONE" && command.length === 0)) {
    throw invalidContainer(name, "The health check command must start with CMD or CMD-SHELL.");
  }
  for (const [field, [least, most]] of Object.entries(ranges)) {
    const value = healthCheck[field as keyof typeof ranges];
    if (value !== undefined && (value < least || value > most)) {
      throw invalidContainer(name, `The health check ${field} should be between ${least} and ${most}.`);
    }
  }
}
