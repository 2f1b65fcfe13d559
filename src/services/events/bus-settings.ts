import type { CreateEventBusRequest } from "@aws-sdk/client-eventbridge";
import { notServed } from "./faults.ts";

type Settings = Pick<
  CreateEventBusRequest,
  "EventSourceName" | "KmsKeyIdentifier" | "DeadLetterConfig" | "LogConfig"
>;

/** Refuses settings of a bus that would not be true here. Throws `ValidationException`. */
export function refuseBusSettings(input: Settings): void {
  if (input.EventSourceName !== undefined) throw notServed("EventSourceName", "A partner event source");
  if (input.KmsKeyIdentifier) throw notServed("KmsKeyIdentifier", "Encryption of event buses with a KMS key");
  if (input.DeadLetterConfig?.Arn !== undefined) {
    throw notServed("DeadLetterConfig", "A dead-letter queue (Amazon SQS)");
  }
  if (input.LogConfig?.Level !== undefined && input.LogConfig.Level !== "OFF") {
    throw notServed("LogConfig", "Logging of event buses");
  }
}
