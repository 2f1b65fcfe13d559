import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { FormModal } from "./form-modal.tsx";
import { Segments } from "./segments.tsx";

/** How a table is shown. */
export interface Preferences {
  readonly pageSize: number;
  /** Every column, in the order of the table. */
  readonly contentDisplay: readonly { readonly id: string; readonly visible: boolean }[];
}

const pageSizes = ["10", "25", "50", "100"] as const;

/**
 * Chooses columns and the size of a page; the first column stays. Ours, for the components' own brings the means to drag
 * columns along, a twentieth of what the first list loads.
 */
export function TablePreferences({
  columns,
  preferences,
  onConfirm,
  onClose,
}: {
  readonly columns: readonly { readonly id: string; readonly header: string }[];
  readonly preferences: Preferences;
  readonly onConfirm: (preferences: Preferences) => void;
  readonly onClose: () => void;
}) {
  const [chosen, setChosen] = useState(preferences);
  const set = (id: string, visible: boolean): void =>
    setChosen({
      ...chosen,
      contentDisplay: chosen.contentDisplay.map((one) => (one.id === id ? { id, visible } : one)),
    });
  return (
    <FormModal
      title="Preferences"
      submit="Confirm"
      busy={false}
      onSubmit={() => {
        onConfirm(chosen);
        onClose();
      }}
      onClose={onClose}
    >
      <Segments
        label="Rows of a page"
        selectedId={String(chosen.pageSize)}
        options={pageSizes.map((id) => ({ id, text: id }))}
        onChange={({ detail }) => setChosen({ ...chosen, pageSize: Number(detail.selectedId) })}
      />
      <FormField label="Columns">
        <SpaceBetween size="xs">
          {columns.map(({ id, header }, index) => (
            <Checkbox
              key={id}
              disabled={index === 0}
              checked={chosen.contentDisplay.find((one) => one.id === id)?.visible === true}
              onChange={({ detail }) => set(id, detail.checked)}
            >
              {header}
            </Checkbox>
          ))}
        </SpaceBetween>
      </FormField>
    </FormModal>
  );
}
