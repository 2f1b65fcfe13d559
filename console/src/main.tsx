import "@cloudscape-design/global-styles/index.css";
import "virtual:accent.css";
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
      <BrowserRouter>
        <Console />
      </BrowserRouter>
    </StrictMode>,
  );
}
