import { lazy, Suspense } from "react";
import { Waiting } from "./parts/waiting.tsx";
import { useSession } from "./session/session.ts";
import { SignInPage } from "./session/sign-in-page.tsx";

const Frame = lazy(async () => ({ default: (await import("./frame/frame.tsx")).Frame }));

/** The whole console: the frame with its pages, or the sign-in page at the same address while nobody is signed in. */
export function Console() {
  const session = useSession();
  if (session === undefined) return <SignInPage />;
  return (
    <Suspense fallback={<Waiting />}>
      {/* Another person's session starts from a clean frame. */}
      <Frame key={session.arn} />
    </Suspense>
  );
}
