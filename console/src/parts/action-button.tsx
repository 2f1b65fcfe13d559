import Button, { type ButtonProps } from "@cloudscape-design/components/button";
import type { ReactNode } from "react";
import { type Permission, useRefusal } from "../aws/permissions.ts";

/**
 * A button for what a policy may refuse: disabled with the reason, in AWS's words, where it does. Roadstead decides
 * again when it is done; this only saves the way.
 */
export function ActionButton({
  needs,
  children,
  disabled,
  ...look
}: {
  /** Every permission that it takes. */
  readonly needs: readonly Permission[];
  readonly children: ReactNode;
  readonly disabled?: boolean;
} & Pick<ButtonProps, "variant" | "iconName" | "loading" | "ariaLabel" | "onClick">) {
  const refusal = useRefusal(needs);
  return (
    <Button {...look} disabled={disabled === true || refusal !== undefined} disabledReason={refusal}>
      {children}
    </Button>
  );
}
