import { useEffect, useState } from "react";
import { type Session, useSession } from "../session/session.ts";
import { askRoute } from "./own-routes.ts";
import { useRegion } from "./region.ts";

/** Something that a button does: the action, and what it is done to. A `*` in the resource stands for any that fits. */
export interface Permission {
  /** `ecs:DeleteCluster`. */
  readonly action: string;
  readonly resource: string;
}

/** What the route answers of one. */
interface Answer {
  readonly outcome: "allowed" | "denied" | "open";
  readonly message?: string;
}

interface Asking {
  readonly permission: Permission;
  readonly settle: (answer: Answer) => void;
}

/** So long an answer is believed, in ms: policies change. */
const believedFor = 60_000;
/** Answers that are kept. */
const mostKnown = 2_000;
/** How long to wait for other buttons of the page, in ms. */
const gatherFor = 20;
/** So many in one request (`mostPermissions` of the route). */
const mostAtOnce = 100;
/** What cannot be asked is tried: the call itself says whether it may. */
const unknown: Answer = { outcome: "open" };

const known = new Map<string, { readonly at: number; readonly answer: Promise<Answer> }>();
let waiting = new Map<string, { readonly session: Session; readonly region: string; asked: Asking[] }>();

/**
 * Why the person may not do what all these permissions are needed for, in AWS's words; `undefined` when they may, when
 * it is not known yet, or when only the call itself can tell.
 */
export function useRefusal(permissions: readonly Permission[]): string | undefined {
  const session = useSession();
  const region = useRegion();
  const [refusal, setRefusal] = useState<string>();
  const wanted = JSON.stringify(permissions);
  useEffect(() => {
    let late = false;
    setRefusal(undefined);
    if (session === undefined) return;
    const all = (JSON.parse(wanted) as readonly Permission[]).map((one) => answerFor(session, region, one));
    void Promise.all(all).then((answers) => {
      const denied = answers.find(({ outcome }) => outcome === "denied");
      if (!late) setRefusal(denied?.message);
    });
    return () => {
      late = true;
    };
  }, [session, region, wanted]);
  return refusal;
}

/** Makes ARNs of the person's account in the chosen region: `arnOf("ecs", "cluster/harbour")`. */
export function useArns(): (service: string, resource: string) => string {
  const session = useSession();
  const region = useRegion();
  return (service, resource) =>
    `arn:aws:${service}:${service === "iam" ? "" : region}:${session?.account ?? ""}:${resource}`;
}

function answerFor(session: Session, region: string, permission: Permission): Promise<Answer> {
  const who = `${session.credentials.accessKeyId} ${region}`;
  const key = `${who} ${permission.action} ${permission.resource}`;
  const before = known.get(key);
  if (before !== undefined && Date.now() - before.at < believedFor) return before.answer;
  const answer = new Promise<Answer>((settle) => {
    if (waiting.size === 0) window.setTimeout(() => void askWaiting(), gatherFor);
    const group = waiting.get(who) ?? { session, region, asked: [] };
    group.asked.push({ permission, settle });
    waiting.set(who, group);
  });
  if (known.size >= mostKnown) known.clear();
  known.set(key, { at: Date.now(), answer });
  return answer;
}

async function askWaiting(): Promise<void> {
  const groups = [...waiting.values()];
  waiting = new Map();
  for (const { session, region, asked } of groups) {
    for (let at = 0; at < asked.length; at += mostAtOnce) {
      const some = asked.slice(at, at + mostAtOnce);
      const answers = await ask(
        session,
        region,
        some.map(({ permission }) => permission),
      );
      some.forEach(({ settle }, index) => {
        settle(answers[index] ?? unknown);
      });
    }
  }
}

async function ask(
  session: Session,
  region: string,
  permissions: readonly Permission[],
): Promise<readonly Answer[]> {
  try {
    const response = await askRoute(session, region, "/_roadstead/permissions", { body: { permissions } });
    return ((await response.json()) as { readonly permissions: readonly Answer[] }).permissions;
  } catch {
    return [];
  }
}
