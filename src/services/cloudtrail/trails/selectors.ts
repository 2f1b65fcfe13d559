import type * as cloudtrail from "@aws-sdk/client-cloudtrail";
import { Fault } from "../../../kernel/fault.ts";
import type { TrailDocument } from "./trail.ts";

/** API Reference, PutEventSelectors. */
const mostSelectors = 5;
const mostFieldValues = 500;

/** AWS: a trail logs all management events, until it is told otherwise. */
export const usualSelectors: readonly cloudtrail.EventSelector[] = [
  {
    ReadWriteType: "All",
    IncludeManagementEvents: true,
    DataResources: [],
    ExcludeManagementEventSources: [],
  },
];

/** Texts are ours. */
function invalid(message: string): Fault {
  return new Fault("InvalidEventSelectorsException", message);
}

/** Reads basic selectors. @throws Fault `InvalidEventSelectorsException`, also for data events: none are kept. */
export function readSelectors(
  wanted: readonly cloudtrail.EventSelector[],
): readonly cloudtrail.EventSelector[] {
  if (wanted.length > mostSelectors) throw invalid(`There can be at most ${mostSelectors} event selectors.`);
  return wanted.map(({ ReadWriteType = "All", IncludeManagementEvents = true, ...more }) => {
    const { DataResources = [], ExcludeManagementEventSources = [] } = more;
    if (DataResources.length > 0) {
      throw invalid("Data events of S3, Lambda and DynamoDB do not occur here: leave DataResources out.");
    }
    const strange = ExcludeManagementEventSources.find(
      (source) => source !== "kms.amazonaws.com" && source !== "rdsdata.amazonaws.com",
    );
    if (strange !== undefined) throw invalid(`Management events of ${strange} cannot be excluded.`);
    return { ReadWriteType, IncludeManagementEvents, DataResources: [], ExcludeManagementEventSources };
  });
}

const fields = ["eventCategory", "eventName", "eventSource", "eventType", "readOnly", "userIdentity.arn"];

/** Reads advanced selectors. @throws Fault `InvalidEventSelectorsException`. */
export function readAdvanced(
  wanted: readonly cloudtrail.AdvancedEventSelector[],
): readonly cloudtrail.AdvancedEventSelector[] {
  const values = wanted.flatMap(({ FieldSelectors = [] }) =>
    FieldSelectors.flatMap((one) => operators.flatMap((operator) => one[operator] ?? [])),
  );
  if (values.length > mostFieldValues) throw invalid(`There can be at most ${mostFieldValues} values.`);
  for (const { FieldSelectors = [] } of wanted) {
    const category = FieldSelectors.find(({ Field }) => Field === "eventCategory")?.Equals ?? [];
    if (category.length !== 1 || category[0] !== "Management") {
      throw invalid("eventCategory must equal Management: no other events are recorded here.");
    }
    const strange = FieldSelectors.find(({ Field = "" }) => !fields.includes(Field));
    if (strange !== undefined) throw invalid(`Field ${strange.Field} is not one of [${fields.join(", ")}].`);
    if (FieldSelectors.some((one) => operators.every((operator) => (one[operator] ?? []).length === 0))) {
      throw invalid("A field selector must have an operator with values.");
    }
  }
  return wanted;
}

const operators = ["Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith"] as const;

/** What selectors look at of an event. */
export interface SelectedEvent {
  readonly eventName: string;
  readonly eventSource: string;
  readonly readOnly: boolean;
  /** The CloudTrail record, as JSON. */
  readonly record: string;
}

/** Whether a trail wants an event. */
export function isSelected(document: TrailDocument, event: SelectedEvent): boolean {
  if (document.advanced !== undefined) {
    return document.advanced.some(({ FieldSelectors = [] }) =>
      FieldSelectors.every((selector) => holds(selector, event)),
    );
  }
  return (document.selectors ?? usualSelectors).some((selector) => {
    if (selector.IncludeManagementEvents === false) return false;
    if (selector.ExcludeManagementEventSources?.includes(event.eventSource) === true) return false;
    if (selector.ReadWriteType === "ReadOnly") return event.readOnly;
    return selector.ReadWriteType !== "WriteOnly" || !event.readOnly;
  });
}

function holds(selector: cloudtrail.AdvancedFieldSelector, event: SelectedEvent): boolean {
  const value = fieldOf(selector.Field ?? "", event);
  const some = (
    values: readonly string[] | undefined,
    test: (text: string) => boolean,
    otherwise: boolean,
  ): boolean => (values === undefined || values.length === 0 ? otherwise : values.some(test));
  const positive =
    (selector.Equals?.length ?? 0) + (selector.StartsWith?.length ?? 0) + (selector.EndsWith?.length ?? 0) ===
      0 ||
    some(selector.Equals, (text) => value === text, false) ||
    some(selector.StartsWith, (text) => value.startsWith(text), false) ||
    some(selector.EndsWith, (text) => value.endsWith(text), false);
  return (
    positive &&
    !some(selector.NotEquals, (text) => value === text, false) &&
    !some(selector.NotStartsWith, (text) => value.startsWith(text), false) &&
    !some(selector.NotEndsWith, (text) => value.endsWith(text), false)
  );
}

function fieldOf(field: string, event: SelectedEvent): string {
  switch (field) {
    case "eventName":
      return event.eventName;
    case "eventSource":
      return event.eventSource;
    case "readOnly":
      return String(event.readOnly);
    case "eventCategory":
      return "Management";
    default: {
      const record = JSON.parse(event.record) as {
        readonly eventType?: string;
        readonly userIdentity?: { readonly arn?: string };
      };
      return (field === "eventType" ? record.eventType : record.userIdentity?.arn) ?? "";
    }
  }
}
