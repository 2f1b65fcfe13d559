import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { isJsonObject, parseJson } from "../../../kernel/json.ts";
import { onEvents } from "../buses.ts";
import { invalid } from "../faults.ts";
import { eventPattern } from "../pattern/pattern.ts";

/** The members that an event must have here (API Reference, "TestEventPattern"). */
const required = ["id", "account", "source", "time", "region", "resources", "detail-type"];

/** Says whether a pattern matches an event. */
export const testEventPattern: ReadOperation<typeof eventbridge, "TestEventPattern"> = {
  name: "TestEventPattern",
  authorise: onEvents("events:TestEventPattern"),
  async read(_ctx, input) {
    const pattern = eventPattern(input.EventPattern);
    const event = parseJson(input.Event);
    if (!isJsonObject(event)) throw invalid("Parameter Event is not valid. Reason: it is not a JSON object.");
    const missing = required.find((member) => !(member in event));
    if (missing !== undefined) throw invalid(`Parameter Event is not valid. Reason: ${missing} is missing.`);
    return { Result: pattern.matches(event) };
  },
};
