import type { MetricDatum } from "@aws-sdk/client-cloudwatch";
import { day, hour } from "../../../kernel/duration.ts";
import { invalidCombination, invalidParameter, invalidValue, missingParameter } from "../faults.ts";
import type { Published } from "./datapoints.ts";
import { metricKey } from "./metric.ts";
import { type Counted, type Summary, summaryOf, summaryOfSet } from "./summary.ts";

/** Values of one datum (API Reference, "MetricDatum"). */
const mostValues = 150;
const mostDimensions = 30;
/** How far from now a datum may be (API Reference, "PutMetricData"). */
const oldest = 14 * day;
const newest = 2 * hour;
/** The largest magnitude of a value (API Reference, "MetricDatum"). */
const largest = 2 ** 360;

/**
 * Reads one datum of PutMetricData.
 * @param name how the Query wire names it: `MetricData.member.1`.
 * @throws Fault `InvalidParameterValue`, `InvalidParameterCombination`, `MissingParameter`.
 */
export function readDatum(namespace: string, datum: MetricDatum, name: string, now: number): Published {
  const { MetricName, Dimensions = [], Timestamp, StorageResolution = 60, Unit = "None" } = datum;
  if (MetricName === undefined || MetricName === "")
    throw missingParameter(`The parameter ${name}.MetricName is required.`);
  if (Dimensions.length > mostDimensions) {
    throw invalidParameter(
      `The collection ${name}.Dimensions must not have a size greater than ${mostDimensions}.`,
    );
  }
  Dimensions.forEach(({ Name, Value }, i) => {
    const member = `${name}.Dimensions.member.${i + 1}`;
    if (Name === undefined || Name === "")
      throw missingParameter(`The parameter ${member}.Name is required.`);
    if (Value === undefined || Value === "")
      throw missingParameter(`The parameter ${member}.Value is required.`);
    if (Name.startsWith(":")) throw invalidValue(`${member}.Name`, Name);
  });
  if (new Set(Dimensions.map(({ Name }) => Name)).size < Dimensions.length)
    throw invalidParameter(`The collection ${name}.Dimensions must not name a dimension twice.`);
  if (StorageResolution !== 1 && StorageResolution !== 60)
    throw invalidValue(`${name}.StorageResolution`, StorageResolution);
  const at = Timestamp?.getTime() ?? now;
  if (!(at >= now - oldest && at <= now + newest)) {
    throw invalidParameter(
      `The parameter ${name}.Timestamp must specify a time within the past two weeks, and no more than two hours in the future.`,
    );
  }
  return {
    metric: metricKey(namespace, MetricName, Dimensions),
    at,
    unit: Unit,
    resolution: StorageResolution,
    summary: readSummary(datum, name),
  };
}

function readSummary(datum: MetricDatum, name: string): Summary {
  const { Value, Values, Counts, StatisticValues } = datum;
  const given = Object.entries({ Value, Values, StatisticValues }).filter(([, value]) => value !== undefined);
  const [first, second] = given;
  if (first !== undefined && second !== undefined) {
    throw invalidCombination(
      `The parameters ${name}.${first[0]} and ${name}.${second[0]} are mutually exclusive and you have specified both.`,
    );
  }
  if (StatisticValues !== undefined) {
    const set = {
      count: finite(StatisticValues.SampleCount, `${name}.StatisticValues.SampleCount`),
      sum: finite(StatisticValues.Sum, `${name}.StatisticValues.Sum`),
      minimum: finite(StatisticValues.Minimum, `${name}.StatisticValues.Minimum`),
      maximum: finite(StatisticValues.Maximum, `${name}.StatisticValues.Maximum`),
    };
    if (set.count <= 0) throw invalidValue(`${name}.StatisticValues.SampleCount`, set.count);
    if (set.maximum < set.minimum) {
      throw invalidCombination(
        `The parameter ${name}.StatisticValues.Maximum must be greater than ${name}.StatisticValues.Minimum.`,
      );
    }
    return summaryOfSet(set);
  }
  if (Values !== undefined) return summaryOf(readValues(Values, Counts, name));
  if (Counts !== undefined || Value === undefined) {
    throw missingParameter(
      `At least one of the parameters ${name}.Value, ${name}.Values or ${name}.StatisticValues must be specified.`,
    );
  }
  return summaryOf([[finite(Value, `${name}.Value`), 1]]);
}

function readValues(
  values: readonly number[],
  counts: readonly number[] | undefined,
  name: string,
): Counted[] {
  if (values.length === 0) throw missingParameter(`The parameter ${name}.Values must not be empty.`);
  if (values.length > mostValues)
    throw invalidParameter(`The collection ${name}.Values must not have a size greater than ${mostValues}.`);
  if (counts !== undefined && counts.length !== values.length) {
    throw invalidParameter(`The parameters ${name}.Values and ${name}.Counts must be of the same size.`);
  }
  return values.map((value, i) => {
    const count = counts?.[i] ?? 1;
    if (!(Number.isFinite(count) && count > 0)) throw invalidValue(`${name}.Counts.member.${i + 1}`, count);
    return [finite(value, `${name}.Values.member.${i + 1}`), count];
  });
}

function finite(value: number | undefined, parameter: string): number {
  if (value === undefined) throw missingParameter(`The parameter ${parameter} is required.`);
  if (!Number.isFinite(value) || Math.abs(value) > largest) throw invalidValue(parameter, value);
  return value;
}
