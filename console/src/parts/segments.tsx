import FormField from "@cloudscape-design/components/form-field";
import SegmentedControl, {
  type SegmentedControlProps,
} from "@cloudscape-design/components/segmented-control";
import { useId } from "react";

/** One of a few, beside each other, or in a list where the page is narrow; under its label either way. */
export function Segments({
  label,
  ...control
}: Omit<SegmentedControlProps, "label" | "ariaLabelledby"> & { readonly label: string }) {
  const id = useId();
  return (
    // A label of its own, since the component's shows in the list only, a second time.
    <FormField label={<span id={id}>{label}</span>}>
      <SegmentedControl ariaLabelledby={id} {...control} />
    </FormField>
  );
}
