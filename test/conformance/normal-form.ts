/** What differs from run to run in an answer of AWS, and by what it is replaced. Longer forms come first. */
const varying: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)/g, "(time)"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "(uuid)"],
  [/\b(eni|subnet|sg|vpc|eni-attach)-[0-9a-f]{17}\b/g, "$1-(id)"],
  [/\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, "(mac)"],
  [/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d/.])/g, "(ip)"],
  [/\becs-svc\/\d{18,20}/g, "ecs-svc/(n)"],
  [/(:service-revision\/[^/"]+\/[^/"]+\/)\d{18,20}/g, "$1(n)"],
  [/(:service-deployment\/[^/"]+\/[^/"]+\/)[A-Za-z0-9_-]{21}/g, "$1(id)"],
  [/\b[0-9a-f]{32}(?:-\d+)?\b/g, "(task)"],
  [
    /(:(?:loadbalancer|listener|listener-rule)\/app\/[^/"]+|:targetgroup\/[^/"]+)((?:\/[0-9a-f]{16})+)/g,
    "$1/(id)",
  ],
];

/** An answer as JSON, with its times, ids and addresses made alike. Members that are undefined are gone. */
export function normalForm(answer: unknown): unknown {
  let text = JSON.stringify(answer, (key, member: unknown) => (key === "$metadata" ? undefined : member));
  for (const [form, name] of varying) text = text.replace(form, name);
  return JSON.parse(text);
}

/** The members of an answer and what kind each is: of lists their first item. */
export function membersOf(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.slice(0, 1).map(membersOf);
  if (answer instanceof Date) return "(time)";
  if (typeof answer !== "object" || answer === null) return "(value)";
  return Object.fromEntries(
    Object.entries(answer)
      .filter(([key, member]) => key !== "$metadata" && member !== undefined)
      .map(([key, member]) => [key, /At$/.test(key) ? "(time)" : membersOf(member)]),
  );
}
