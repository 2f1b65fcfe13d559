import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { invalidParameter, invalidValue, missingParameter, notServed } from "../faults.ts";
import { addDatapoint } from "./datapoints.ts";
import { readDatum } from "./datum.ts";
import { nextRollUp, rollUpJob } from "./roll-up.ts";

/** Data of one call (API Reference, "PutMetricData"). */
const mostData = 1_000;

/** Publishes metric data. AWS: namespaces that begin with `AWS/` are the services' own. */
export const putMetricData: WriteOperation<typeof cloudwatch, "PutMetricData"> = {
  name: "PutMetricData",
  dataEvent: true,
  authorise: ({ Namespace }) => [
    { action: "cloudwatch:PutMetricData", resource: "*", context: { "cloudwatch:namespace": Namespace } },
  ],
  async commit(tx, ctx, input) {
    const { Namespace: namespace = "", MetricData: data = [] } = input;
    if (namespace.trim() === "" || namespace.startsWith(":") || namespace.startsWith("AWS/"))
      throw invalidValue("Namespace", namespace);
    if ((input.EntityMetricData ?? []).length > 0) throw notServed("EntityMetricData");
    if (data.length === 0) throw missingParameter("The parameter MetricData is required.");
    if (data.length > mostData)
      throw invalidParameter(`The collection MetricData must not have a size greater than ${mostData}.`);
    const published = data.map((datum, i) =>
      readDatum(namespace, datum, `MetricData.member.${i + 1}`, ctx.now),
    );
    for (const one of published) await addDatapoint(tx, ctx, one, ctx.now);
    await tx.enqueue(rollUpJob(ctx, nextRollUp(ctx.now)));
    return {};
  },
};
