import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onLogs } from "../arn.ts";
import { filterPattern } from "../filter/pattern.ts";

/** Tries a filter pattern on messages: which match, and what the pattern's fields are in them. */
export const testMetricFilter: ReadOperation<typeof logs, "TestMetricFilter"> = {
  name: "TestMetricFilter",
  authorise: onLogs("logs:TestMetricFilter"),
  async read(_ctx, input) {
    const pattern = filterPattern(input.filterPattern);
    return {
      matches: input.logEventMessages.flatMap((eventMessage, index) =>
        pattern.matches(eventMessage)
          ? [{ eventNumber: index + 1, eventMessage, extractedValues: { ...pattern.extract(eventMessage) } }]
          : [],
      ),
    };
  },
};
