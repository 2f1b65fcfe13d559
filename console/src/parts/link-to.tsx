import Link, { type LinkProps } from "@cloudscape-design/components/link";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import { useRegion } from "../aws/region.ts";

/** A link to a page of the console, in the region that is chosen unless it names another. */
export function LinkTo({
  to,
  region: other,
  children,
  ...look
}: {
  readonly to: string;
  readonly region?: string;
  readonly children: ReactNode;
} & Pick<LinkProps, "fontSize" | "variant">) {
  const navigate = useNavigate();
  const chosen = useRegion();
  const href = `${to}${to.includes("?") ? "&" : "?"}region=${other ?? chosen}`;
  return (
    <Link
      {...look}
      href={href}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(href);
      }}
    >
      {children}
    </Link>
  );
}
