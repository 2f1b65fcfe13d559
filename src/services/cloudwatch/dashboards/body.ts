import { Fault } from "../../../kernel/fault.ts";

/** Widgets of one dashboard (CloudWatch quotas). */
const mostWidgets = 500;
const widgetTypes: ReadonlySet<unknown> = new Set(["metric", "text", "log", "alarm", "explorer", "custom"]);

/** A fault of the body, with where it is (API Reference, "Dashboard Body Structure and Syntax"). */
interface BodyFault {
  readonly DataPath: string;
  readonly Message: string;
}

/** Checks the outline of a dashboard: its widgets are there, placed within the grid, and of known types. @throws Fault */
export function checkBody(body: string): void {
  const faults = [...bodyFaults(body)];
  if (faults.length === 0) return;
  throw new Fault(
    "DashboardInvalidInputError",
    `The dashboard body is invalid, there are ${faults.length} validation errors: ${JSON.stringify(faults)}`,
    { members: { dashboardValidationMessages: faults } },
  );
}

function* bodyFaults(body: string): Generator<BodyFault> {
  let read: unknown;
  try {
    read = JSON.parse(body);
  } catch {
    yield { DataPath: "/", Message: "The dashboard body is not valid JSON." };
    return;
  }
  const widgets = typeof read === "object" && read !== null && "widgets" in read ? read.widgets : undefined;
  if (!Array.isArray(widgets)) {
    yield { DataPath: "/widgets", Message: "Should have required property 'widgets', an array" };
    return;
  }
  if (widgets.length > mostWidgets)
    yield { DataPath: "/widgets", Message: `Should have at most ${mostWidgets} widgets` };
  for (const [i, widget] of widgets.entries()) {
    const path = `/widgets/${i}`;
    if (typeof widget !== "object" || widget === null) {
      yield { DataPath: path, Message: "Should be an object" };
      continue;
    }
    const { type, x, y, width, height, properties } = widget as Readonly<Record<string, unknown>>;
    if (!widgetTypes.has(type))
      yield { DataPath: `${path}/type`, Message: `Should be one of ${[...widgetTypes].join(", ")}` };
    if (typeof properties !== "object" || properties === null)
      yield { DataPath: `${path}/properties`, Message: "Should have required property 'properties'" };
    yield* within(`${path}/x`, x, 0, 23);
    yield* within(`${path}/y`, y, 0, Number.MAX_SAFE_INTEGER);
    yield* within(`${path}/width`, width, 1, 24);
    yield* within(`${path}/height`, height, 1, 1_000);
  }
}

function* within(path: string, value: unknown, low: number, high: number): Generator<BodyFault> {
  if (value === undefined) return;
  if (!(typeof value === "number" && Number.isInteger(value) && value >= low && value <= high))
    yield { DataPath: path, Message: `Should be an integer between ${low} and ${high}` };
}
