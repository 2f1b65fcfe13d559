import "@cloudscape-design/global-styles/index.css";
import "virtual:accent.css";
import "./console.css";
import { I18nProvider } from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { Console } from "./console.tsx";
import { applyKeptTheme } from "./frame/theme.ts";

applyKeptTheme();
const place = document.getElementById("console");
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      {/* What the components say by themselves: names of their buttons, mostly. */}
      <I18nProvider locale="en" messages={[messages]}>
        <BrowserRouter>
          <Console />
        </BrowserRouter>
      </I18nProvider>
    </StrictMode>,
  );
}
