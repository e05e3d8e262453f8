// Keys that work everywhere: "/" goes to the search of this place, or to the stock's where a
// place has none. A scanner that types a link also types "/", so a running burst is left alone.
import { go, route } from "../route";
import { burstRuns } from "../scan/wedge";
import { loadPage } from "./pages";

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
    || target instanceof HTMLSelectElement;
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>("input[data-search]");
  if (field === null || field.closest("[inert]") !== null) return false;
  field.focus();
  field.select();
  return true;
}

export function startKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || burstRuns(event.timeStamp)) return;
    event.preventDefault();
    if (focusSearch()) return;
    if (route.value.path !== "/stock") go("/stock");
    void loadPage("/stock").then(() => {
      requestAnimationFrame(() => requestAnimationFrame(focusSearch));
    });
  });
}
