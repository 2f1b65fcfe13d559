import type { ReactNode } from "react";
import "./button-row.css";

/** Buttons beside each other, as many as there are; they wrap where the page is narrow. */
export function ButtonRow({ children }: { readonly children: ReactNode }) {
  return <div className="button-row">{children}</div>;
}
